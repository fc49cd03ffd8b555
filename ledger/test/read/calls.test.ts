import type { Call, LedgerEntry } from '@tokenledger/model';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CallPosition, CallsQuery, CallSummary } from '../../src/index.ts';
import { countAll, entryOf, moveOf, NOTHING, stepOf } from '../example-entry.ts';
import { openTestLedger, type TestLedger } from '../open-test-ledger.ts';

const TENANT = 'acme';
const AT = Date.now() - 3 * 3_600_000;

let opened: TestLedger;
let batch = 0;
beforeAll(async () => {
  opened = await openTestLedger();
});
afterAll(() => opened?.stop());

const reader = (tenant = TENANT) => opened.ledger.forTenant(tenant);
const write = (entries: readonly LedgerEntry[]) => opened.ledger.write({ token: `batch-${(batch += 1)}`, entries, steps: [] });

async function allPages(query: Omit<CallsQuery, 'after'>, between: () => Promise<void> = async () => {}): Promise<CallSummary[]> {
  const calls: CallSummary[] = [];
  for (let after: CallPosition | undefined; ;) {
    const page = await reader().calls({ ...query, after });
    calls.push(...page.calls);
    if (!page.next) return calls;
    after = page.next;
    await between();
  }
}

describe('calls', () => {
  test('pages give each call once, newest first, while new ones arrive and old ones are corrected', async () => {
    const run = 'paging';
    // Many calls share a millisecond, so that pages end within one.
    const entries = Array.from({ length: 57 }, (_, at) => entryOf({ run, timeMs: AT + Math.floor(at / 5) }));
    await write(entries);
    let arrived = 0;
    const calls = await allPages({ filters: { run: [run] }, limit: 7 }, async () => {
      arrived += 1;
      const again = entries[arrived % entries.length]!;
      await write([
        entryOf({ run, timeMs: AT + 1000 + arrived }),
        entryOf({ run, timeMs: AT + 2 }),
        ...moveOf(again, { team: `moved ${arrived}` }),
      ]);
    });
    const ids = calls.map(({ spanId }) => spanId);
    expect(new Set(ids).size).toBe(ids.length);
    expect(arrived).toBeGreaterThan(5);
    for (const { call } of entries) expect(ids).toContain(call.spanId);
    expect(calls.map(({ timeMs }) => timeMs)).toEqual(calls.map(({ timeMs }) => timeMs).toSorted((a, b) => b - a));
  }, 120_000);

  test('the dearest and the longest come first, as their newest entries say', async () => {
    const run = 'ranking';
    const micro = (cost: number) => BigInt(cost) * 1_000_000n;
    const entries = Array.from({ length: 40 }, (_, at) =>
      entryOf({ run, timeMs: AT + at, cost: micro(1000 + at), charges: [], durationMs: 5000 - at }),
    );
    await write(entries);
    // Those that seemed the dearest were not.
    await write(
      entries.slice(-20).map((entry) => ({
        ...entry,
        version: 1,
        reason: 'reprice' as const,
        call: { ...entry.call, cost: micro(1) },
        delta: { ...NOTHING, cost: micro(1) - (entry.call.cost ?? 0n) },
      })),
    );
    const asked = { from: AT - 1000, to: AT + 1000, filters: { run: [run] }, limit: 3 };
    const dearest = (await reader().calls({ ...asked, orderBy: 'cost' })).calls;
    expect(dearest.map(({ cost }) => cost)).toEqual([micro(1019), micro(1018), micro(1017)]);
    const longest = (await reader().calls({ ...asked, orderBy: 'duration' })).calls;
    expect(longest.map(({ durationMs }) => durationMs)).toEqual([5000, 4999, 4998]);
  });

  test('a call is what its newest entry says, and costs what all its entries add up to', async () => {
    const first = entryOf({ run: 'newest', team: 'before', timeMs: AT });
    const repriced: LedgerEntry = {
      ...first,
      version: 1,
      reason: 'reprice',
      call: { ...first.call, cost: 4_000_000_000n },
      delta: { ...NOTHING, cost: 500_000_000n },
    };
    await write([first]);
    await write([repriced]);
    await write(moveOf({ ...repriced, delta: countAll(repriced.call) }, { team: 'after' }));
    const [call] = (await reader().calls({ filters: { run: ['newest'] }, limit: 10 })).calls;
    expect(call).toMatchObject({ team: 'after', version: 3, cost: 4_000_000_000n, usage: first.call.usage, charges: first.call.charges });
    const found = async (team: string) => (await reader().calls({ filters: { run: ['newest'], team: [team] }, limit: 10 })).calls.length;
    expect([await found('before'), await found('after')]).toEqual([0, 1]);
    const detail = await reader().call(first.call.traceId, first.call.spanId);
    expect(detail?.entries.map(({ version, reason, delta }) => [version, reason, delta.cost])).toEqual([
      [0, 'call', 3_500_000_000n],
      [1, 'reprice', 500_000_000n],
      [2, 'correction', -4_000_000_000n],
      [3, 'correction', 4_000_000_000n],
    ]);
    expect(detail?.call).toMatchObject({ rawUsage: first.call.rawUsage, evidence: first.call.evidence });
  });

  test('a call that a correction moved in time is listed at its new time only', async () => {
    const entry = entryOf({ run: 'moved', timeMs: AT });
    await write([entry]);
    await write(moveOf(entry, { timeMs: AT + 60_000 }));
    const times = async (from: number, to: number) =>
      (await reader().calls({ from, to, filters: { run: ['moved'] }, limit: 10 })).calls.map(({ timeMs }) => timeMs);
    expect(await times(AT, AT + 1)).toEqual([]);
    expect(await times(AT + 1, AT + 120_000)).toEqual([AT + 60_000]);
    expect(await times(AT, AT + 120_000)).toEqual([AT + 60_000]);
  });

  test('an unpriced call costs null, one that is not billable costs nothing', async () => {
    await write([
      entryOf({ run: 'kinds', model: 'dark', cost: null, charges: [], priceStatus: 'unpriced', unpricedReason: 'no_price' }),
      entryOf({ run: 'kinds', model: 'wrapper', billable: false, notBillableReason: 'wrapper', cost: 0n, charges: [] }, { delta: NOTHING }),
    ]);
    const { calls } = await reader().calls({ filters: { run: ['kinds'] }, limit: 10 });
    const byModel = Object.fromEntries(calls.map((call) => [call.model, call]));
    expect(byModel['dark']).toMatchObject({ cost: null, unpricedReason: 'no_price' });
    expect(byModel['wrapper']).toMatchObject({ cost: 0n, billable: false, notBillableReason: 'wrapper' });
    expect((await reader().calls({ filters: { run: ['kinds'], billable: ['false'] }, limit: 10 })).calls.map(({ model }) => model)).toEqual(
      ['wrapper'],
    );
  });

  test('a call that two collectors posted is listed once, with the cost that it adds to every total', async () => {
    const entry = entryOf({ run: 'twice', timeMs: AT });
    await write([entry]);
    await write([entry]);
    const { calls, next } = await reader().calls({ filters: { run: ['twice'] }, limit: 1 });
    expect(calls.map(({ cost }) => cost)).toEqual([7_000_000_000n]);
    expect(next).toBeUndefined();
  });

  test('in brief a call has its ids, dimensions, usage, cost and durations, and nothing of the rest', async () => {
    await write([entryOf({ run: 'brief', timeMs: AT, team: 'search', status: 'error', errorType: 'timeout', tags: { build: '7' } })]);
    const query = { filters: { run: ['brief'] }, limit: 1 };
    const [[whole], [brief]] = [(await reader().calls(query)).calls, (await reader().calls({ ...query, isBrief: true })).calls];
    const shown = ({
      traceId,
      spanId,
      timeMs,
      durationMs,
      ttftMs,
      usage,
      cost,
      team,
      model,
      provider,
      status,
      errorType,
      run,
    }: CallSummary) => {
      return { traceId, spanId, timeMs, durationMs, ttftMs, usage, cost, team, model, provider, status, errorType, run };
    };
    expect(brief && shown(brief)).toEqual(whole && shown(whole));
    expect(whole?.tags).toEqual({ build: '7' });
    expect([brief?.tags, brief?.charges]).toEqual([undefined, []]);
  });

  test('a time that cannot be true is filed under the time of receipt and kept beside it', async () => {
    const receivedMs = AT + 5000;
    await write([entryOf({ run: 'clock', timeMs: 0, receivedMs })]);
    const { calls } = await reader().calls({ from: AT, to: AT + 10_000, filters: { run: ['clock'] }, limit: 10 });
    expect(calls.map(({ timeMs, originalTimeMs }) => [timeMs, originalTimeMs])).toEqual([[receivedMs, 0]]);
  });

  test('values that are SQL elsewhere are only texts', async () => {
    const hostile = [
      "' OR 1=1 --",
      "'; DROP TABLE calls; --",
      '\\',
      "\\' OR '1'='1",
      '{tenant:String}',
      '\u2019 OR 1=1 --',
      'a\n\nb',
      '\0',
      '`',
      '%',
      'x'.repeat(2000),
    ];
    await write(hostile.map((customer) => entryOf({ run: 'hostile', customer, timeMs: AT })));
    await write([entryOf({ run: 'hostile', customer: 'plain', timeMs: AT })]);
    for (const customer of hostile) {
      const filters = { run: ['hostile'], customer: [customer] };
      expect((await reader().calls({ filters, limit: 100 })).calls.map((call) => call.customer)).toEqual([customer]);
      const { rows } = await reader().spend({ from: AT, to: AT + 1, groupBy: ['customer'], measures: ['calls'], filters });
      expect(rows).toEqual([{ dimensions: { customer }, measures: { calls: 1 } }]);
    }
    expect((await reader().calls({ traceId: "' OR 1=1 --", limit: 10 })).calls).toEqual([]);
    expect(await reader().call("' OR ''='", "' OR ''='")).toBeUndefined();
    expect(await reader("acme' OR '1'='1").trace(hostile[0]!)).toBeUndefined();
  });

  test("another tenant's ids lead nowhere", async () => {
    const { call } = entryOf();
    await write([entryOf(call, { tenant: 'other' })]);
    expect(await reader().call(call.traceId, call.spanId)).toBeUndefined();
    expect(await reader().trace(call.traceId)).toBeUndefined();
    expect((await reader().calls({ traceId: call.traceId, limit: 10 })).calls).toEqual([]);
    expect((await reader('other').calls({ traceId: call.traceId, limit: 10 })).calls).toHaveLength(1);
  });
});

describe('a trace', () => {
  test('is a tree of calls and steps, each with what it and all below it cost', async () => {
    const traceId = 'a'.repeat(32);
    const child = (id: string, parentSpanId?: string): Partial<Call> => ({
      traceId,
      spanId: id.repeat(16),
      parentSpanId: parentSpanId?.repeat(16),
    });
    const agent = stepOf({ ...child('1'), name: 'agent', kind: 'agent', timeMs: AT });
    const tool = stepOf({ ...child('3', '1'), name: 'tool', kind: 'tool', timeMs: AT + 20, attributes: { 'gen_ai.tool.name': 'search' } });
    const entries = [
      entryOf({ ...child('2', '1'), timeMs: AT + 10 }),
      entryOf({ ...child('4', '3'), timeMs: AT + 30 }),
      entryOf({ ...child('5', '9'), timeMs: AT + 40, cost: null, charges: [], priceStatus: 'unpriced' }),
    ];
    const steps = [agent, tool].map((step) => ({ tenant: TENANT, step }));
    await opened.ledger.write({ token: 'trace', entries, steps });
    await opened.ledger.write({
      token: 'trace again',
      entries: [],
      steps: [{ tenant: TENANT, step: { ...tool, name: 'tool, sent again' } }],
    });
    const trace = await reader().trace(traceId);
    expect(trace?.map(({ span, depth, subtreeCost }) => [(span.call ?? span.step).spanId[0], depth, subtreeCost])).toEqual([
      ['1', 0, 7_000_000_000n],
      ['2', 1, 3_500_000_000n],
      ['3', 1, 3_500_000_000n],
      ['4', 2, 3_500_000_000n],
      ['5', 0, 0n],
    ]);
    expect(trace?.[2]?.span.step).toMatchObject({ name: 'tool, sent again', kind: 'tool', attributes: { 'gen_ai.tool.name': 'search' } });
  });
});

test('coverage counts what is priced, attributed and understood', async () => {
  const tenant = 'covered';

  const failed = { ...NOTHING, requests: 1, errors: 1 };
  const late = entryOf({ timeMs: AT, team: undefined, billable: true }, { tenant });
  const entry = (facts: Partial<Call>, more: Partial<LedgerEntry> = {}) => entryOf({ timeMs: AT, ...facts }, { tenant, ...more });
  await write([
    entry({}),
    entry({ cost: null, charges: [], usage: {}, priceStatus: 'unpriced', unpricedReason: 'no_usage', team: undefined }),
    entry({ estimated: true, priceStatus: 'estimated', semantics: { profile: 'guessed', confidence: 'guess', flags: ['total_mismatch'] } }),
    entry({ billable: false, notBillableReason: 'wrapper', cost: 0n, charges: [] }, { delta: NOTHING }),
    entry(
      { billable: false, notBillableReason: 'failed_without_usage', status: 'error', usage: {}, cost: 0n, charges: [] },
      { delta: failed },
    ),
    late,
  ]);
  await write(moveOf(late, { team: 'search' }));
  const { call } = entry({ billable: false, notBillableReason: 'its child is billed', cost: 0n, charges: [], team: 'search' });
  await write([{ tenant, version: 0, reason: 'call', call, delta: NOTHING }]);
  await write([
    entry(
      { ...call, billable: true, notBillableReason: undefined },
      { version: 1, reason: 'correction', delta: { ...NOTHING, calls: 1, requests: 1 } },
    ),
  ]);
  expect(await reader(tenant).coverage({ from: AT, to: AT + 1 })).toMatchObject({
    calls: 5,
    requests: 6,
    errors: 1,
    unpricedCalls: 1,
    estimatedCalls: 1,
    callsWithoutUsage: 1,
    flaggedCalls: 1,
    cost: 10_500_000_000n,
    byPriceStatus: [
      { priceStatus: 'exact', calls: 3, cost: 7_000_000_000n },
      { priceStatus: 'estimated', calls: 1, cost: 3_500_000_000n },
      { priceStatus: 'unpriced', calls: 1, cost: null },
    ],
    unpriced: [{ provider: 'openai', model: 'gpt-4o', reason: 'no_usage', calls: 1 }],
    attribution: expect.arrayContaining([
      { dimension: 'team', callsWithout: 1, costWithout: null },
      { dimension: 'feature', callsWithout: 5, costWithout: 10_500_000_000n },
      { dimension: 'user', callsWithout: 0, costWithout: 0n },
    ]),
    emitters: [
      { profile: 'test', confidence: 'certain', calls: 4, flaggedCalls: 0 },
      { profile: 'guessed', confidence: 'guess', calls: 1, flaggedCalls: 1 },
    ],
    notBillable: [
      { reason: 'failed_without_usage', spans: 1 },
      { reason: 'wrapper', spans: 1 },
    ],
  });
});

test('the values of a dimension come with most calls first, and can be searched', async () => {
  const tenant = 'named';
  await write(['Ada', 'ada', 'ada', 'Bob', undefined].map((user) => entryOf({ user, timeMs: AT }, { tenant })));
  const values = (search?: string) => reader(tenant).dimensionValues({ dimension: 'user', from: AT, to: AT + 1, search });
  expect(await values()).toEqual([
    { value: 'ada', calls: 2 },
    { value: null, calls: 1 },
    { value: 'Ada', calls: 1 },
    { value: 'Bob', calls: 1 },
  ]);
  expect((await values('ADA')).map(({ value }) => value)).toEqual(['ada', 'Ada']);
});
