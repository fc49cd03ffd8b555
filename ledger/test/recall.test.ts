import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { entryOf, moveOf, stepOf } from './example-entry.ts';
import { openTestLedger, type TestLedger } from './open-test-ledger.ts';

let at: TestLedger;
beforeAll(async () => {
  at = await openTestLedger();
});
afterAll(() => at.stop());

describe('recall', () => {
  test('brings the newest version of every call and every step of a trace, right after the write', async () => {
    const first = entryOf();
    const { traceId } = first.call;
    const sibling = entryOf({ traceId });
    const step = stepOf({ traceId, evidence: '{"kind":"agent"}' });
    await at.ledger.write({ token: 'a', entries: [first, sibling], steps: [{ tenant: 'acme', step }] });
    const moved = moveOf(first, { team: 'growth' });
    await at.ledger.write({ token: 'b', entries: moved, steps: [] });
    const spans = await at.ledger.recall('acme', { traceIds: [traceId] });
    expect(
      spans.map(({ spanId, version, call }) => ({ spanId, version, team: call?.team })).toSorted((a, b) => b.version - a.version),
    ).toEqual(
      expect.arrayContaining([
        { spanId: first.call.spanId, version: 2, team: 'growth' },
        { spanId: sibling.call.spanId, version: 0, team: 'search' },
        { spanId: step.spanId, version: 0, team: undefined },
      ]),
    );
    expect(spans).toHaveLength(3);
    expect(spans.find(({ spanId }) => spanId === step.spanId)?.evidence).toBe('{"kind":"agent"}');
  });

  test('a step that is sent again is one span, in its newest form', async () => {
    const step = stepOf();
    for (const evidence of ['old', 'new'])
      await at.ledger.write({ token: evidence, entries: [], steps: [{ tenant: 'acme', step: { ...step, evidence } }] });
    expect(await at.ledger.recall('acme', { traceIds: [step.traceId] })).toMatchObject([
      { traceId: step.traceId, spanId: step.spanId, version: 0, evidence: 'new' },
    ]);
  });

  test('what one batch wrote can be left out: then everything is as it was before it', async () => {
    const first = entryOf();
    const { traceId } = first.call;
    const late = entryOf({ traceId });
    const step = stepOf({ traceId });
    await at.ledger.write({ token: 'before', entries: [first], steps: [] });
    await at.ledger.write({ token: 'last', entries: [...moveOf(first, { team: 'growth' }), late], steps: [{ tenant: 'acme', step }] });
    expect(await at.ledger.recall('acme', { traceIds: [traceId] })).toHaveLength(3);
    const spans = await at.ledger.recall('acme', { traceIds: [traceId], exceptToken: 'last' });
    expect(spans.map(({ spanId, version, call }) => ({ spanId, version, team: call?.team }))).toEqual([
      { spanId: first.call.spanId, version: 0, team: 'search' },
    ]);
  });

  test('a response id brings the whole trace of its call', async () => {
    const call = entryOf({ responseId: "resp-'1'\n" });
    const sibling = entryOf({ traceId: call.call.traceId });
    await at.ledger.write({ token: 'c', entries: [call, sibling], steps: [] });
    const spans = await at.ledger.recall('acme', { responseIds: ["resp-'1'\n", 'no such response'] });
    expect(spans.map(({ spanId }) => spanId).toSorted()).toEqual([call.call.spanId, sibling.call.spanId].toSorted());
  });

  test('a window of time brings the traces of the other instrumentations of a service', async () => {
    const timeMs = Date.now() - 7_200_000;
    const seenBy = (name: string, facts: object = {}) =>
      entryOf({ timeMs, service: 'twice', scope: { name, version: '1' }, ...facts }, { tenant: 'windows' });
    const own = seenBy('own');
    const other = seenBy('other', { timeMs: timeMs + 1000 });
    const strangers = [seenBy('other', { timeMs: timeMs + 1001 }), seenBy('other', { service: 'another' })];
    await at.ledger.write({ token: 'f', entries: [own, other, ...strangers], steps: [] });
    const windows = [{ service: 'twice', exceptScope: 'own', fromMs: timeMs, toMs: timeMs + 1000 }];
    expect((await at.ledger.recall('windows', { windows })).map(({ spanId }) => spanId)).toEqual([other.call.spanId]);
    expect(await at.ledger.recall('windows', { windows: [{ ...windows[0]!, fromMs: -1e18, toMs: -1e17 }] })).toEqual([]);
  });

  test("another tenant's spans stay hidden, by trace and by response", async () => {
    const entry = entryOf({ responseId: 'shared' });
    await at.ledger.write({ token: 'd', entries: [entry], steps: [] });
    expect(await at.ledger.recall('other', { traceIds: [entry.call.traceId], responseIds: ['shared'] })).toEqual([]);
  });

  test('a window of time holds the look-up to the spans within, both ends included', async () => {
    const [early, late] = [entryOf({ timeMs: Date.now() - 7_200_000, responseId: 'r' }), entryOf({ responseId: 'r' })];
    const traceIds = [early.call.traceId, late.call.traceId];
    await at.ledger.write({ token: 'w', entries: [early, late], steps: [] });
    const found = async (window: { fromMs?: number; toMs?: number }) =>
      (await at.ledger.recall('acme', { traceIds, ...window })).map(({ spanId }) => spanId);
    expect(await found({ fromMs: late.call.timeMs })).toEqual([late.call.spanId]);
    expect(await found({ toMs: early.call.timeMs })).toEqual([early.call.spanId]);
    expect(await found({ fromMs: early.call.timeMs, toMs: late.call.timeMs })).toHaveLength(2);
    expect(await found({ fromMs: early.call.timeMs + 1, toMs: late.call.timeMs - 1 })).toEqual([]);
    expect(await at.ledger.recall('acme', { responseIds: ['r'], fromMs: late.call.timeMs })).toHaveLength(1);
  });

  test('a span that was stored as a step and is a call now is a call', async () => {
    const entry = entryOf();
    const { traceId, spanId } = entry.call;
    await at.ledger.write({ token: 's', entries: [entry], steps: [{ tenant: 'acme', step: stepOf({ traceId, spanId }) }] });
    expect(await at.ledger.recall('acme', { traceIds: [traceId] })).toMatchObject([{ spanId, call: { spanId } }]);
  });

  test('nothing asked, nothing answered', async () => {
    expect(await at.ledger.recall('acme', {})).toEqual([]);
    expect(await at.ledger.recall('acme', { traceIds: [], responseIds: [] })).toEqual([]);
  });

  test('two thousand traces at once', async () => {
    const entries = Array.from({ length: 2000 }, (_, index) => entryOf({ responseId: `many-${index}` }, { tenant: 'many' }));
    await at.ledger.write({ token: 'e', entries, steps: [] });
    const byTrace = await at.ledger.recall('many', { traceIds: entries.map(({ call }) => call.traceId) });
    expect(new Set(byTrace.map(({ spanId }) => spanId)).size).toBe(2000);
    const byResponse = await at.ledger.recall('many', { responseIds: entries.map(({ call }) => call.responseId ?? '') });
    expect(byResponse).toHaveLength(2000);
  });
});
