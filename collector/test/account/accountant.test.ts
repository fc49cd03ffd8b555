import type { StoredSpan } from '@tokenledger/ledger';
import { describe, expect, test } from 'vitest';
import { type AccountantOptions, createAccountant } from '../../src/account/accountant.ts';
import type { AttributeValue, OtlpSpan } from '../../src/decode/otlp.ts';
import { type SpanFacts, spanOf } from '../understand/span.ts';
import { flatPrices, MemoryLedger } from './memory-ledger.ts';

const usage = { 'gen_ai.usage.input_tokens': 25, 'gen_ai.usage.output_tokens': 7 };
const chat = (facts: SpanFacts = {}, attributes: Record<string, AttributeValue> = usage): OtlpSpan =>
  spanOf({
    scope: 'gen_ai',
    ...facts,
    attributes: { 'gen_ai.operation.name': 'chat', 'gen_ai.provider.name': 'openai', 'gen_ai.request.model': 'gpt-6', ...attributes },
  });
const agent = (facts: SpanFacts = {}): OtlpSpan => chat(facts, { ...usage, 'gen_ai.operation.name': 'invoke_agent' });

function open(options: Partial<AccountantOptions> = {}) {
  const ledger = new MemoryLedger();
  const accountant = createAccountant({ priceBook: flatPrices, recall: ledger.recall, ...options });
  const post = async (...spans: readonly OtlpSpan[]) => {
    const posting = await accountant.post(spans.map((span) => ({ tenant: 'default', span })));
    ledger.write(posting);
    return posting;
  };
  return { ledger, accountant, post };
}

describe('a request that failed without usage', () => {
  const failed = (facts: SpanFacts) => chat({ status: 'error', ...facts }, {});
  const other = { scope: 'com.anthropic.sdk.typescript' } as const;

  test('counts as a request and an error, and as nothing else', async () => {
    const { ledger, post } = open();
    await post(failed({ id: 2 }));
    expect(ledger.sums()).toEqual({ '': { requests: 1, errors: 1 } });
  });

  test('counts once, however many spans saw it, in any order', async () => {
    const spans = [failed({ id: 1 }), failed({ id: 2, parent: 1 }), failed({ id: 3, ...other })];
    for (const order of [spans, spans.toReversed()]) {
      const { ledger, post } = open();
      for (const span of order) await post(span);
      expect(ledger.sums()).toEqual({ '': { requests: 1, errors: 1 } });
      expect(ledger.calls().map(({ notBillableReason }) => notBillableReason)).toEqual(
        expect.arrayContaining(['outer_span_of_the_call', 'seen_by_another_instrumentation', 'failed_without_usage']),
      );
    }
  });

  test('each attempt counts, whatever the span around them says', async () => {
    const { ledger, post } = open();
    await post(failed({ id: 1 }), failed({ id: 2, parent: 1 }), failed({ id: 3, parent: 1 }), chat({ id: 4, parent: 1 }));
    expect(ledger.sums()['']).toMatchObject({ calls: 1, requests: 3, errors: 2, cost: 32n });
  });

  test.each([
    ['of a child', chat({ id: 3, parent: 2 }), 0],
    ['of another instrumentation', chat({ id: 3, ...other, status: 'error' }), 1],
    ['of the failed span around it', chat({ id: 1, status: 'error' }), 1],
  ])('is taken back when the usage %s arrives', async (_whose, span, errors) => {
    const { ledger, post } = open();
    await post(failed({ id: 2, parent: 1 }));
    await post(span);
    expect(ledger.sums()['']).toMatchObject({ calls: 1, requests: 1, ...(errors === 1 && { errors }), cost: 32n });
    expect(ledger.sums()['']?.['errors'] ?? 0).toBe(errors);
  });

  test('is the request of the answer whose id it names', async () => {
    const id = { 'gen_ai.response.id': 'resp_1' };
    const { ledger, post } = open();
    await post(chat({ id: 2, status: 'error' }, id));
    await post(chat({ id: 3, ...other }, { ...usage, ...id }));
    expect(ledger.sums()['']).toMatchObject({ calls: 1, requests: 1 });
    expect(ledger.sums()['']).not.toHaveProperty('errors');
  });

  test('moves to the team that a late span tells', async () => {
    const { ledger, post } = open();
    await post(failed({ id: 2, parent: 1 }));
    await post(spanOf({ id: 1, scope: 'my-app', name: 'POST /checkout', attributes: { 'tokenledger.team': 'growth' } }));
    expect(ledger.sums((call) => call.team ?? '')).toEqual({ growth: { requests: 1, errors: 1 } });
  });
});

describe('corrections', () => {
  test('a parent is billed until its child arrives, then taken back; the sums follow', async () => {
    const { ledger, post } = open();
    const first = await post(agent({ id: 1 }));
    expect(first.entries).toMatchObject([{ version: 0, reason: 'call', delta: { calls: 1, cost: 32n } }]);
    const second = await post(chat({ id: 2, parent: 1 }));
    expect(second.entries).toMatchObject([
      {
        version: 1,
        reason: 'correction',
        call: { billable: true },
        delta: { calls: -1, cost: -32n, usage: { input_uncached: -25, output_text: -7 } },
      },
      {
        version: 2,
        reason: 'correction',
        call: { billable: false, notBillableReason: 'repeats_its_children' },
        delta: { calls: 0, cost: 0n, usage: {} },
      },
      { version: 0, reason: 'call', call: { billable: true }, delta: { calls: 1 } },
    ]);
    expect(ledger.sums()).toEqual({
      '': {
        calls: 1,
        requests: 1,
        input_uncached: 25,
        output_text: 7,
        cost: 32n,
        'cost of input_uncached': 25n,
        'cost of output_text': 7n,
      },
    });
  });

  test('money moves when a late span tells whose it is: −old under the old name, +new under the new one', async () => {
    const { ledger, post } = open();
    await post(chat({ id: 2, parent: 1 }));
    const { entries } = await post(
      spanOf({ id: 1, scope: 'my-app', name: 'POST /checkout', attributes: { 'tokenledger.team': 'growth' } }),
    );
    expect(entries.map(({ version, call, delta }) => [version, call.team, delta.calls])).toEqual([
      [1, undefined, -1],
      [2, 'growth', 1],
    ]);
    expect(ledger.sums((call) => call.team ?? '')).toMatchObject({ growth: { calls: 1, cost: 32n } });
    expect(Object.keys(ledger.sums((call) => call.team ?? ''))).toEqual(['growth']);
  });

  test('usage that another span tells better changes the same call by the difference', async () => {
    const { post } = open();
    await post(chat({ id: 2, parent: 1, durationMs: 1000 }));
    const outer = spanOf({
      id: 1,
      scope: '@arizeai/openinference-instrumentation-openai',
      attributes: {
        'openinference.span.kind': 'LLM',
        'llm.token_count.prompt': 25,
        'llm.token_count.completion': 7,
        'llm.token_count.completion_details.reasoning': 3,
      },
    });
    const { entries } = await post(outer);
    expect(entries.find(({ call }) => call.billable)).toMatchObject({
      version: 1,
      delta: { calls: 0, cost: 0n, usage: { output_text: -3, reasoning: 3 } },
    });
  });

  test('a call keeps the price it was posted with when a neighbour comes late under another price book', async () => {
    const ledger = new MemoryLedger();
    const dear = { price: () => ({ status: 'exact', cost: 999n, charges: [] }) as const };
    await createAccountant({ priceBook: flatPrices, recall: ledger.recall })
      .post([{ tenant: 'default', span: chat({ id: 2, parent: 1 }) }])
      .then((posting) => ledger.write(posting));
    const later = createAccountant({ priceBook: dear, recall: ledger.recall });
    ledger.write(await later.post([{ tenant: 'default', span: spanOf({ id: 1, attributes: { 'user.id': 'ada' } }) }]));
    expect(ledger.calls()).toMatchObject([{ user: 'ada', cost: 32n }]);
  });
});

describe('rows', () => {
  test('a span sent again is a duplicate and changes nothing', async () => {
    const { post } = open();
    await post(chat({ id: 1 }));
    expect(await post(chat({ id: 1 }))).toEqual({ entries: [], steps: [], duplicates: 1 });
  });

  test('a fuller account of the same span replaces the poorer one, whichever came first', async () => {
    const poor = chat({ id: 1, durationMs: 1000 }, {});
    const full = chat({ id: 1, durationMs: 2000 });
    for (const order of [
      [poor, full],
      [full, poor],
    ]) {
      const { ledger, post } = open();
      for (const span of order) await post(span);
      expect(ledger.sums()['']).toMatchObject({ calls: 1, cost: 32n });
    }
  });

  test('spans without money are steps, with names and without contents', async () => {
    const { post } = open();
    const { steps, entries } = await post(
      spanOf({
        id: 1,
        name: 'execute_tool search',
        attributes: { 'gen_ai.operation.name': 'execute_tool', 'gen_ai.tool.name': 'search', 'my.note': 'secret' },
      }),
      spanOf({ id: 2, name: 'GET', attributes: { 'http.request.method': 'GET', 'url.full': 'https://example.com/?q=secret' } }),
    );
    expect(entries).toEqual([]);
    expect(steps.map(({ step }) => [step.kind, step.attributes])).toEqual([
      ['tool', { 'gen_ai.operation.name': 'execute_tool', 'gen_ai.tool.name': 'search' }],
      ['other', { 'http.request.method': 'GET' }],
    ]);
    expect(JSON.stringify(steps)).not.toContain('secret');
  });

  test('a step that is told better in the same posting is one step', async () => {
    const { post } = open();
    const tool = (durationMs: number) => spanOf({ id: 1, durationMs, attributes: { 'gen_ai.operation.name': 'execute_tool' } });
    const { steps, duplicates } = await post(tool(0), tool(2000));
    expect(steps.map(({ step }) => step.durationMs)).toEqual([2000]);
    expect(duplicates).toBe(1);
  });

  test('tenants never meet: one trace id in two tenants is two traces', async () => {
    const { accountant } = open();
    const { entries } = await accountant.post([
      { tenant: 'one', span: agent({ id: 1 }) },
      { tenant: 'two', span: chat({ id: 2, parent: 1 }) },
    ]);
    expect(entries.map(({ tenant, call }) => [tenant, call.billable])).toEqual([
      ['one', true],
      ['two', true],
    ]);
  });

  test('what is received when stays with the call in every entry', async () => {
    const { accountant } = open();
    const [first] = (await accountant.post([{ tenant: 'default', receivedMs: 1, span: agent({ id: 1 }) }])).entries;
    const later = await accountant.post([{ tenant: 'default', receivedMs: 2, span: chat({ id: 2, parent: 1 }) }]);
    expect(first?.call.receivedMs).toBe(1);
    expect(later.entries.map(({ call }) => call.receivedMs)).toEqual([1, 1, 2]);
  });
});

describe('recall', () => {
  const NOON = Date.parse('2026-11-23T12:00:00Z');

  test('without other writers a new trace is not looked up', async () => {
    const { ledger, post } = open({ soleWriterSinceMs: NOON - 3_600_000, now: () => NOON + 60_000 });
    await post(chat({ trace: 1 }), chat({ trace: 2 }));
    await post(chat({ trace: 1, parent: 7 }));
    expect(ledger.recalls).toEqual([]);
  });

  test('a trace that began before this writer is', async () => {
    const { ledger, post } = open({ soleWriterSinceMs: NOON + 1000, now: () => NOON + 3_600_000 });
    await post(chat({ trace: 1 }));
    expect(ledger.recalls).toMatchObject([{ traceIds: ['00000000000000000000000000000001'] }]);
  });

  test('a trace whose clock runs ahead is', async () => {
    const { ledger, post } = open({ soleWriterSinceMs: 0, now: () => NOON - 1 });
    await post(chat({ trace: 1 }));
    expect(ledger.recalls).toHaveLength(1);
  });

  test('one whose root is not here yet is only when it may have paused since this writer began', async () => {
    const writer = (minutesBefore: number) => open({ soleWriterSinceMs: NOON - minutesBefore * 60_000, now: () => NOON + 60_000 });
    const soon = writer(19);
    await soon.post(chat({ trace: 1, parent: 5 }));
    expect(soon.ledger.recalls).toMatchObject([{ traceIds: ['00000000000000000000000000000001'] }]);
    const later = writer(21);
    await later.post(chat({ trace: 1, parent: 5 }), chat({ trace: 1, id: 2, parent: 5 }));
    await later.post(agent({ trace: 1, id: 5 }));
    expect(later.ledger.recalls).toEqual([]);
  });

  test('one that seemed new is when a span of it turns out to have begun before', async () => {
    const { ledger, post } = open({ soleWriterSinceMs: 0, now: () => NOON + 60_000 });
    const hoursBefore = (hours: number) => new Date(NOON - hours * 3_600_000).toISOString();
    await post(chat({ id: 2, parent: 1, at: hoursBefore(2) }));
    const next = createAccountant({
      priceBook: flatPrices,
      recall: ledger.recall,
      soleWriterSinceMs: NOON - 3_600_000,
      now: () => NOON + 60_000,
    });
    ledger.write(await next.post([{ tenant: 'default', span: chat({ id: 9, parent: 8 }) }]));
    expect(ledger.recalls).toHaveLength(0);
    ledger.write(await next.post([{ tenant: 'default', span: agent({ id: 1, parent: 7, at: hoursBefore(3) }) }]));
    expect(ledger.sums()['']).toMatchObject({ calls: 2 });
  });

  test('a trace that was forgotten is, and its parent is corrected', async () => {
    const { ledger, post } = open({ soleWriterSinceMs: 0, now: () => NOON + 3_600_000, capacity: 1 });
    await post(agent({ trace: 1, id: 1 }));
    await post(chat({ trace: 2 }));
    await post(chat({ trace: 1, id: 2, parent: 1 }));
    expect(ledger.sums()['']).toMatchObject({ calls: 2 });
  });

  test('with other writers every trace is looked up each time: they may have added to it', async () => {
    const ledger = new MemoryLedger();
    const [here, there] = [1, 2].map(() => createAccountant({ priceBook: flatPrices, recall: ledger.recall }));
    const post = async (accountant: typeof here, span: OtlpSpan) =>
      ledger.write((await accountant?.post([{ tenant: 'default', span }])) ?? { entries: [], steps: [], duplicates: 0 });
    await post(here, spanOf({ id: 9, trace: 1, attributes: {} }));
    await post(there, agent({ id: 1, trace: 1 }));
    await post(here, chat({ id: 2, parent: 1, trace: 1 }));
    expect(ledger.sums()['']).toMatchObject({ calls: 1 });
  });

  test('a failed recall fails the posting and no later one', async () => {
    const fail = { now: true };
    const recall = async (): Promise<StoredSpan[]> => {
      if (fail.now) throw new Error('away');
      return [];
    };
    const { accountant } = open({ recall });
    await expect(accountant.post([{ tenant: 'default', span: chat() }])).rejects.toThrow('away');
    fail.now = false;
    expect((await accountant.post([{ tenant: 'default', span: chat() }])).entries).toHaveLength(1);
  });

  test('after a reset the ledger alone tells what was posted', async () => {
    const { ledger, accountant, post } = open({ soleWriterSinceMs: 0, now: () => NOON + 3_600_000 });
    await accountant.post([{ tenant: 'default', span: agent({ id: 1 }) }]);
    accountant.reset();
    const again = await post(agent({ id: 1 }));
    expect(again.entries).toMatchObject([{ version: 0 }]);
    expect(ledger.sums()['']).toMatchObject({ calls: 1 });
  });

  test('evidence that cannot be read is as if never seen, and costs nobody an exception', async () => {
    const recall = async (): Promise<StoredSpan[]> =>
      ['', '{}', 'null', '{"span":7}'].map((evidence, version) => ({
        traceId: '00000000000000000000000000000001',
        spanId: `f${version}`,
        version,
        evidence,
        span: { traceId: '00000000000000000000000000000001', spanId: `f${version}`, name: '', timeMs: 0, durationMs: 0, status: 'unset' },
      }));
    const { post } = open({ recall });
    expect((await post(chat())).entries).toHaveLength(1);
  });
});
