import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { formatUsd, type Charge, type LedgerEntry, type Usage } from '@tokenledger/model';
import { LedgerUnavailable, openLedger, RowsRefused } from '../src/index.ts';
import { workedOut } from '../src/migrations/worked-out.ts';
import { anyEntry, anyStep } from './arbitrary-entry.ts';
import { entryOf, stepOf } from './example-entry.ts';
import { openTestLedger, type TestLedger } from './open-test-ledger.ts';

let at: TestLedger;
beforeAll(async () => {
  at = await openTestLedger();
});
afterAll(() => at.stop());

let tokens = 0;
const token = () => `write-test-${tokens++}`;

describe('every field of a row comes back as it was written', () => {
  test('entries', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(anyEntry, { selector: ({ call }) => call.traceId, minLength: 1, maxLength: 40 }), async (entries) => {
        await at.ledger.write({ token: token(), entries, steps: [] });
        for (const entry of entries) {
          const [stored] = await at.ledger.recall(entry.tenant, { traceIds: [entry.call.traceId] });
          expect(stored).toEqual({
            traceId: entry.call.traceId,
            spanId: entry.call.spanId,
            version: entry.version,
            evidence: entry.call.evidence,
            span: entry.call,
            call: entry.call,
          });
          expect(await storedDelta(entry)).toEqual({
            reason: entry.reason,
            delta_calls: entry.delta.calls,
            delta_unpriced_calls: entry.delta.unpricedCalls,
            delta_requests: entry.delta.requests,
            delta_errors: entry.delta.errors,
            delta_cost: formatUsd(entry.delta.cost),
            delta_usage: quantities(entry.delta.usage),
            delta_cost_by_meter: amounts(entry.delta.charges),
          });
        }
      }),
      // Shrinking would write the same ids again.
      { numRuns: 4, endOnFailure: true },
    );
  });

  test('steps', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(anyStep, { selector: ({ traceId }) => traceId, minLength: 1, maxLength: 40 }), async (steps) => {
        await at.ledger.write({ token: token(), entries: [], steps: steps.map((step) => ({ tenant: 'steps', step })) });
        for (const step of steps) {
          const [stored] = await at.query<Record<string, unknown>>(
            `SELECT *, toFloat64(ifNull(original_time_ms, toUnixTimestamp64Milli(time))) AS time_ms FROM spans WHERE trace_id = '${step.traceId}'`,
          );
          expect(stored).toMatchObject({
            tenant: 'steps',
            trace_id: uuid(step.traceId),
            span_id: String(BigInt(`0x${step.spanId}`)),
            parent_span_id: String(BigInt(`0x${step.parentSpanId ?? '0'}`)),
            name: step.name,
            time_ms: step.timeMs,
            duration_ms: String(step.durationMs),
            status: step.status,
            error_type: step.errorType ?? '',
            scope_name: step.scope?.name ?? '',
            scope_version: step.scope?.version ?? '',
            service: step.service ?? '',
            environment: step.environment ?? '',
            team: step.team ?? '',
            feature: step.feature ?? '',
            customer: step.customer ?? '',
            user: step.user ?? '',
            session: step.session ?? '',
            run: step.run ?? '',
            agent: step.agent ?? '',
            tags: step.tags ?? {},
            kind: step.kind,
            attributes: step.attributes,
            evidence: step.evidence,
          });
        }
      }),
      // Shrinking would write the same ids again.
      { numRuns: 4, endOnFailure: true },
    );
  });

  const uuid = (hex: string) => hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');

  async function storedDelta({ call }: LedgerEntry): Promise<unknown> {
    const [row] = await at.query(
      workedOut(
        `SELECT reason, delta_calls, delta_unpriced_calls, delta_requests, delta_errors, delta_cost, delta_usage, delta_cost_by_meter FROM calls WHERE trace_id = '${call.traceId}'`,
      ),
    );
    return row;
  }

  /** Of a meter that stands twice the sum. */
  const amounts = (charges: readonly Charge[]) =>
    Object.fromEntries(
      [...Map.groupBy(charges, ({ meter }) => meter)].map(([meter, of]) => [
        meter,
        formatUsd(of.reduce((sum, { amount }) => sum + amount, 0n)),
      ]),
    );

  /** As ClickHouse shows a Decimal(38, 6). */
  const quantities = (usage: Usage) => Object.fromEntries(Object.entries(usage).map(([meter, quantity]) => [meter, micro(quantity)]));
  const micro = (quantity: number) => {
    const whole = Math.trunc(quantity);
    return formatUsd(BigInt(whole) * 10n ** 12n + BigInt(Math.round((quantity - whole) * 1e6)) * 10n ** 6n);
  };
});

describe('a poison row', () => {
  const poison = entryOf({ usage: { audio_seconds: Number.NaN } });
  const tooDear = entryOf({ cost: 10n ** 38n });

  test('names itself, its column and its reason; nothing of the batch is stored', async () => {
    const good = entryOf();
    const step = stepOf();
    const write = at.ledger.write({
      token: 'poison',
      entries: [good, poison, good, tooDear, entryOf({ traceId: good.call.traceId.slice(1) }), entryOf({ spanId: '0123456789abcdeF' })],
      steps: [
        { tenant: 'acme', step: { ...step, durationMs: Infinity } },
        { tenant: 'acme', step: { ...step, parentSpanId: '' } },
      ],
    });
    const refused = await write.catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(RowsRefused);
    expect(refused).toMatchObject({
      retryable: false,
      rows: [
        { list: 'entries', index: 1, reason: 'usage_quantities: NaN is no finite number' },
        { list: 'entries', index: 3, reason: expect.stringContaining('cost: ') },
        { list: 'entries', index: 4, reason: expect.stringMatching(/^trace_id: .* is no id of 32 lower-case hex digits$/) },
        { list: 'entries', index: 5, reason: 'span_id: "0123456789abcdeF" is no id of 16 lower-case hex digits' },
        { list: 'steps', index: 0, reason: 'duration_ms: Infinity is no finite number' },
        { list: 'steps', index: 1, reason: 'parent_span_id: "" is no id of 16 lower-case hex digits' },
      ],
    });
    expect(await at.ledger.recall('acme', { traceIds: [good.call.traceId, step.traceId] })).toEqual([]);
  });

  test('does not spend the token: the others go through with the same one', async () => {
    const good = entryOf();
    await expect(at.ledger.write({ token: 'same', entries: [good, poison], steps: [] })).rejects.toThrow(RowsRefused);
    await at.ledger.write({ token: 'same', entries: [good], steps: [] });
    expect(await at.ledger.recall('acme', { traceIds: [good.call.traceId] })).toHaveLength(1);
  });
});

describe('an event time that cannot be true', () => {
  test('does not explode partitions, and what was said is kept', async () => {
    const receivedMs = Date.now() - 60_000;
    const insane = Array.from({ length: 500 }, (_, day) =>
      entryOf({ timeMs: day % 2 ? day * 86_400_000 : 4_102_444_800_000 + day * 86_400_000, receivedMs }, { tenant: 'clock' }),
    );
    await at.ledger.write({
      token: token(),
      entries: insane,
      steps: insane.map(({ call }) => ({ tenant: 'clock', step: stepOf({ timeMs: call.timeMs, receivedMs }) })),
    });
    const [partitions] = await at.query<{ most: string }>(
      `SELECT toString(max(partitions)) AS most FROM (SELECT table, uniqExact(partition) AS partitions FROM system.parts WHERE active AND database = 'tokenledger' GROUP BY table)`,
    );
    expect(Number(partitions?.most)).toBeLessThan(70);
    const [bucket] = await at.query(
      `SELECT sum(calls) AS calls, min(time) AS first, max(time) AS last FROM usage_1m WHERE tenant = 'clock'`,
    );
    const minute = `${new Date(receivedMs).toISOString().slice(0, 16).replace('T', ' ')}:00`;
    expect(bucket).toEqual({ calls: '500', first: minute, last: minute });
    const [first] = insane;
    const [stored] = await at.ledger.recall('clock', { traceIds: [first!.call.traceId] });
    expect(stored?.call?.timeMs).toBe(first?.call.timeMs);
  });

  test('a year of backfill fits into one write', async () => {
    const entries = Array.from({ length: 399 }, (_, day) => entryOf({ timeMs: Date.now() - day * 86_400_000 }, { tenant: 'backfill' }));
    await at.ledger.write({
      token: token(),
      entries,
      steps: entries.map(({ call }) => ({ tenant: 'backfill', step: stepOf({ timeMs: call.timeMs }) })),
    });
    const [sum] = await at.query(`SELECT sum(calls) AS calls, sum(cost) AS cost FROM usage_1h WHERE tenant = 'backfill'`);
    expect(sum).toEqual({ calls: '399', cost: formatUsd(399n * 3_500_000_000n) });
  });
});

test('an insert is one part of each rollup, however many kinds of calls are in it', async () => {
  const parts = () =>
    at.query<{ table: string; parts: string }>(
      `SELECT table, count() AS parts FROM system.parts WHERE database = currentDatabase() AND level = 0 AND table IN ('usage_1m', 'usage_1h', 'quality_1h') GROUP BY table ORDER BY table`,
    );
  await at.ledger.write({ token: token(), entries: [entryOf()], steps: [] });
  const before = await parts();
  const entries = Array.from({ length: 25_000 }, (_, index) => entryOf({ evidence: String(index) }));
  await at.ledger.write({ token: token(), entries, steps: [] });
  expect(await parts()).toEqual(before.map(({ table, parts: count }) => ({ table, parts: String(Number(count) + 1) })));
});

describe('a ClickHouse that cannot take rows', () => {
  test('away: retryable', async () => {
    const nowhere = openLedger({ url: 'http://127.0.0.1:1' });
    const failure = await nowhere.write({ token: 'x', entries: [entryOf()], steps: [] }).catch((error: unknown) => error);
    await nowhere.close();
    expect(failure).toBeInstanceOf(LedgerUnavailable);
    expect(failure).toMatchObject({ retryable: true, code: 'ledger_unavailable' });
  });

  test('not migrated: retryable, because rows are not to blame', async () => {
    const elsewhere = openLedger({ url: at.engine.url, username: at.engine.username, password: at.engine.password, database: 'nowhere' });
    await expect(elsewhere.write({ token: 'x', entries: [entryOf()], steps: [] })).rejects.toMatchObject({ retryable: true });
    await elsewhere.close();
  });
});
