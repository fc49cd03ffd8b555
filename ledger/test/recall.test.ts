import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Call } from '@tokenledger/model';
import type { TwinQuery } from '../src/index.ts';
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

  test('a step that is sent again within one batch is what was received last', async () => {
    const step = stepOf();
    const told = ['old', 'new'].map((evidence, index) => ({ ...step, evidence, receivedMs: step.timeMs + index }));
    await at.ledger.write({ token: 'both', entries: [], steps: told.map((one) => ({ tenant: 'acme', step: one })) });
    expect(await at.ledger.recall('acme', { traceIds: [step.traceId] })).toMatchObject([{ spanId: step.spanId, evidence: 'new' }]);
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

  describe('twins', () => {
    const MINUTE_MS = 60_000;
    const timeMs = Math.floor(Date.now() / 1000) * 1000 - 7_200_000;
    const calls = { service: 'twice', scope: { name: 'other', version: '1' }, timeMs, responseId: undefined } as const;
    const told = { input_uncached: 20, cache_read: 80, output_text: 5 };
    const ask = async (tenant: string, asker: Partial<TwinQuery>) => {
      const one = { service: 'twice', scope: 'own', timeMs, hasResponseId: false, ...asker };
      const spans = await at.ledger.recall(tenant, { twins: { calls: [one], toldWithinMs: 2 * MINUTE_MS, vagueWithinMs: 5000 } });
      return spans.map(({ spanId }) => spanId).toSorted();
    };

    test('are calls of another instrumentation of the service that agree on the input, as a whole or without what not all tell', async () => {
      const twin = entryOf({ ...calls, usage: told, timeMs: timeMs + 2 * MINUTE_MS }, { tenant: 'told' });
      const others: Partial<Call>[] = [
        { usage: told, scope: { name: 'own', version: '1' } },
        { usage: told, service: 'another' },
        { usage: told, timeMs: timeMs + 7 * MINUTE_MS },
        { usage: { input_uncached: 21, output_text: 5 } },
      ];
      const entries = others.map((facts) => entryOf({ ...calls, ...facts }, { tenant: 'told' }));
      await at.ledger.write({ token: 'told', entries: [twin, ...entries], steps: [] });
      expect(await ask('told', { inputTokens: [100] })).toEqual([twin.call.spanId]);
      expect(await ask('told', { inputTokens: [20, 7] })).toEqual([twin.call.spanId]);
      expect(await ask('told', { inputTokens: [80] })).toEqual([]);
      expect(await ask('told', { inputTokens: [100], timeMs: -1e18 })).toEqual([]);
      expect(await ask('stranger', { inputTokens: [100] })).toEqual([]);
    });

    test('of a call that does not tell are those that begin with it, and of one that tells those that do not', async () => {
      const vague = entryOf({ ...calls, usage: { output_text: 5 } }, { tenant: 'vague' });
      const clear = entryOf({ ...calls, usage: told, timeMs: timeMs + 1000 }, { tenant: 'vague' });
      const later = entryOf({ ...calls, usage: {}, timeMs: timeMs + MINUTE_MS }, { tenant: 'vague' });
      await at.ledger.write({ token: 'vague', entries: [vague, clear, later], steps: [] });
      expect(await ask('vague', {})).toEqual([vague.call.spanId, clear.call.spanId].toSorted());
      expect(await ask('vague', { inputTokens: [7] })).toEqual([vague.call.spanId]);
    });

    test('of a call that names its response name none', async () => {
      const named = entryOf({ ...calls, usage: told, responseId: 'r-named' }, { tenant: 'named' });
      const nameless = entryOf({ ...calls, usage: told }, { tenant: 'named' });
      await at.ledger.write({ token: 'named', entries: [named, nameless], steps: [] });
      expect(await ask('named', { inputTokens: [100], hasResponseId: true })).toEqual([nameless.call.spanId]);
      expect(await ask('named', { inputTokens: [100] })).toEqual([named.call.spanId, nameless.call.spanId].toSorted());
      expect(await ask('named', { hasResponseId: true })).toEqual([nameless.call.spanId]);
    });

    test('are brought in a bounded number, the earliest first, and those that agree whatever crowd is around them', async () => {
      const crowd = Array.from({ length: 3000 }, (_, index) =>
        entryOf({ ...calls, timeMs: timeMs + 1 + index, usage: {} }, { tenant: 'crowd' }),
      );
      const twin = entryOf({ ...calls, timeMs: timeMs + 3500, usage: told }, { tenant: 'crowd' });
      await at.ledger.write({ token: 'crowd', entries: [...crowd, twin], steps: [] });
      const found = await ask('crowd', { inputTokens: [100] });
      expect(found).toContain(twin.call.spanId);
      expect(found).toContain(crowd[0]?.call.spanId);
      // 64 of each five seconds of the clock, of which the crowd may touch two.
      expect(found.length).toBeLessThanOrEqual(2 * 64 + 1);
    });
  });

  test('an id that hundreds of calls name is none of a response', async () => {
    const shared = (count: number, responseId: string) =>
      Array.from({ length: count }, () => entryOf({ responseId }, { tenant: 'constant' }));
    await at.ledger.write({ token: 'constant', entries: [...shared(256, 'rare'), ...shared(257, 'constant')], steps: [] });
    expect(await at.ledger.recall('constant', { responseIds: ['rare'] })).toHaveLength(256);
    expect(await at.ledger.recall('constant', { responseIds: ['constant'] })).toEqual([]);
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
