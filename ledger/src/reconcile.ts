import type { ClickHouseClient } from '@clickhouse/client';
import { parseUsd, type PicoUsd, type TenantId } from '@tokenledger/model';
import { unavailable } from './errors.ts';
import { ALL_WORKED_OUT } from './migrations/worked-out.ts';
import { ROLLUPS } from './migrations/all.ts';
import { newestStepsSql } from './newest-steps.ts';
import type { Rollup } from './migrations/rollup.ts';

export interface ReconcileOptions {
  /** Epoch milliseconds; default: two days before `toMs`. Cut to what `calls` and the rollup both still keep. */
  readonly fromMs?: number | undefined;
  /** Default: now. The bucket that is still open is left out. */
  readonly toMs?: number | undefined;
  /** Also adds the missing difference to the rollup. */
  readonly repair?: boolean | undefined;
  /** A bucket with entries younger than this is left out, because an insert may be under way; default 10 minutes. */
  readonly quietMs?: number | undefined;
}

/** A bucket whose rollup does not equal its entries. */
export interface Drift {
  readonly table: string;
  readonly tenant: TenantId;
  readonly timeMs: number;
  /** Entries minus rollup. Both can be 0 where only a map or a dimension differs. Of a rollup of steps it counts steps. */
  readonly missingCalls: number;
  readonly missingCost: PicoUsd;
}

export interface ReconcileReport {
  readonly drift: readonly Drift[];
  readonly repaired: boolean;
}

const DAY_MS = 86_400_000;
const BUCKET_MS = { minute: 60_000, hour: 3_600_000, day: DAY_MS } as const;
const START_OF = { minute: 'toStartOfMinute', hour: 'toStartOfHour', day: 'toStartOfDay' } as const;
const DEFAULT_WINDOW_MS = 2 * DAY_MS;
const DEFAULT_QUIET_MS = 600_000;
/** As the tables keep their rows. */
const KEPT_DAYS: Readonly<Record<string, number>> = { calls: 400, spans: 30 };

/**
 * Compares every closed bucket of the rollups with the sums of `calls`: the conservation check. A repair adds the difference as
 * one more row of the rollup, because rollups are sums; so it can run while others read and write, and running it twice does nothing.
 * If a half-finished insert is repaired here and completed by its retry later, the next run takes the surplus back.
 */
export async function reconcile(client: ClickHouseClient, options: ReconcileOptions = {}, nowMs = Date.now()): Promise<ReconcileReport> {
  const drift: Drift[] = [];
  for (const rollup of ROLLUPS)
    for (const window of await slicesOf(client, rollup, windowOf(rollup, options, nowMs))) {
      const found = await findDrift(client, rollup, window);
      drift.push(...found);
      if (options.repair && found.length > 0) await repair(client, rollup, window);
    }
  return { drift, repaired: Boolean(options.repair) && drift.length > 0 };
}

const FILL_STEP_MS = 7 * DAY_MS;

/**
 * Gives a new rollup what the ledger has had before it, up to now: week by week the difference to the entries, so that it can be stopped
 * and run again, and what the view has added meanwhile is not added twice.
 */
export async function fillRollup(client: ClickHouseClient, rollup: Rollup, nowMs = Date.now()): Promise<void> {
  const endMs = (Math.floor(nowMs / BUCKET_MS[rollup.bucket]) + 1) * BUCKET_MS[rollup.bucket];
  const oldestMs = await oldestRow(client, rollup.sumOf.from);
  for (let fromMs = Math.max(keptFrom(rollup, nowMs), oldestMs); fromMs < endMs; fromMs += FILL_STEP_MS) {
    const window = windowOf(rollup, { fromMs, toMs: Math.min(endMs, fromMs + FILL_STEP_MS), quietMs: -DAY_MS }, endMs);
    for (const slice of await slicesOf(client, rollup, window)) await repair(client, rollup, slice);
  }
}

/** Epoch milliseconds; of an empty table the far future. */
async function oldestRow(client: ClickHouseClient, table: string): Promise<number> {
  const result = await client.query({
    query: `SELECT toUnixTimestamp64Milli(min(time)) AS oldest FROM ${table} HAVING count() > 0`,
    format: 'JSONEachRow',
  });
  const [row] = await result.json<{ oldest: string }>();
  return row ? Number(row.oldest) : Number.POSITIVE_INFINITY;
}

/** In milliseconds, as calls have them: with a bound of whole seconds ClickHouse passes over parts of which all is in the last of these. */
const WITHIN = "time >= toDateTime64({from:UInt32}, 3, 'UTC') AND time < toDateTime64({to:UInt32}, 3, 'UTC')";

interface Window extends Record<string, unknown> {
  /** Epoch seconds, both on a bucket's edge. */
  readonly from: number;
  readonly to: number;
  /** Entries recorded after this epoch second are too young. */
  readonly settled: number;
}

/** The first moment of which both the rollup and what it sums are surely whole. */
const keptFrom = ({ keptDays, sumOf }: Rollup, nowMs: number) => nowMs - (Math.min(keptDays, KEPT_DAYS[sumOf.from] ?? 0) - 2) * DAY_MS;

function windowOf(rollup: Rollup, options: ReconcileOptions, nowMs: number): Window {
  const { bucket } = rollup;
  const { toMs = nowMs, fromMs = toMs - DEFAULT_WINDOW_MS, quietMs = DEFAULT_QUIET_MS } = options;
  const keptFromMs = keptFrom(rollup, nowMs);
  const bucketSeconds = (ms: number) => (Math.floor(ms / BUCKET_MS[bucket]) * BUCKET_MS[bucket]) / 1000;
  return {
    from: bucketSeconds(Math.max(fromMs, keptFromMs)),
    to: bucketSeconds(Math.min(toMs, nowMs)),
    settled: Math.floor((nowMs - quietMs) / 1000),
  };
}

/** Of two rows of a step the newer one is found by sorting all of them in memory, which takes 200 bytes each. */
const MOST_STEPS = 1_000_000;

/** What is looked at together. */
async function slicesOf(client: ClickHouseClient, { sumOf }: Rollup, window: Window): Promise<readonly Window[]> {
  if (window.from >= window.to) return [];
  if (sumOf.from !== 'spans') return [window];
  const slices: Window[] = [];
  let { from } = window;
  let together = 0;
  for (const { seconds, steps } of await countSteps(client, window)) {
    if (together > 0 && together + steps > MOST_STEPS) {
      slices.push({ ...window, from, to: seconds });
      from = seconds;
      together = 0;
    }
    together += steps;
  }
  return [...slices, { ...window, from }];
}

/** By the hour, the first first. */
async function countSteps(client: ClickHouseClient, query_params: Window): Promise<readonly { seconds: number; steps: number }[]> {
  const query = `SELECT toUnixTimestamp(toStartOfHour(time)) AS seconds, toFloat64(count()) AS steps FROM spans WHERE ${WITHIN} GROUP BY seconds ORDER BY seconds`;
  try {
    return await (await client.query({ query, query_params, format: 'JSONEachRow' })).json();
  } catch (cause) {
    throw unavailable('cannot count steps', cause);
  }
}

/** What a rollup sums: each entry, and each step once. */
const rowsSql = (table: Rollup['sumOf']['from'], where: string) =>
  table === 'spans' ? newestStepsSql(where) : `(SELECT *, ${ALL_WORKED_OUT} FROM ${table} WHERE ${where})`;

/** Rows of the rollup's shape that it lacks: what its view makes of the entries, minus what it has. */
function differenceSql({ create, sumOf, bucket, keys, numbers, maps }: Rollup): string {
  const columns = ['tenant', 'time', ...keys];
  const negated = [
    ...numbers.map((name) => `-sum(kept.${name}) AS ${name}`),
    ...maps.map((name) => `mapApply((key, value) -> (key, -value), sumMap(kept.${name})) AS ${name}`),
  ];
  const sums = [...numbers.map((name) => `sum(part.${name}) AS ${name}`), ...maps.map((name) => `sumMap(part.${name}) AS ${name}`)];
  const differs = [...numbers.map((name) => `${name} != 0`), ...maps.map((name) => `arrayExists(value -> value != 0, mapValues(${name}))`)];
  return `SELECT ${columns.map((name) => `part.${name} AS ${name}`).join(', ')}, ${sums.join(', ')}
FROM (
  SELECT ${sumOf.select}
  FROM ${rowsSql(sumOf.from, WITHIN)} AS entries
  ${sumOf.groupBy}
  UNION ALL
  SELECT ${columns.map((name) => `kept.${name} AS ${name}`).join(', ')}, ${negated.join(', ')}
  FROM (SELECT * FROM ${create.table} WHERE ${WITHIN}) AS kept
  GROUP BY ${columns.join(', ')}
) AS part
WHERE (part.tenant, ${START_OF[bucket]}(toDateTime(part.time))) GLOBAL NOT IN (
  SELECT tenant, ${START_OF[bucket]}(toDateTime(time)) FROM ${sumOf.from}
  WHERE ${WITHIN} AND recorded_at > toDateTime64({settled:UInt32}, 3, 'UTC')
)
GROUP BY ${columns.join(', ')}
HAVING ${differs.join(' OR ')}`;
}

async function findDrift(client: ClickHouseClient, rollup: Rollup, query_params: Window): Promise<readonly Drift[]> {
  const missingCost = rollup.numbers.find((name) => name.endsWith('cost'));
  try {
    const result = await client.query({
      query: `SELECT tenant, toUnixTimestamp(${START_OF[rollup.bucket]}(toDateTime(time))) AS seconds, toInt32(sum(${rollup.numbers[0]})) AS missing_calls,
  toString(${missingCost === undefined ? '0' : `sum(${missingCost})`}) AS missing_cost
FROM (${differenceSql(rollup)}) GROUP BY tenant, seconds ORDER BY seconds, tenant`,
      query_params,
      format: 'JSONEachRow',
    });
    const rows = await result.json<{ tenant: string; seconds: number; missing_calls: number; missing_cost: string }>();
    return rows.map((row) => ({
      table: rollup.create.table,
      tenant: row.tenant,
      timeMs: row.seconds * 1000,
      missingCalls: row.missing_calls,
      missingCost: parseUsd(row.missing_cost) ?? 0n,
    }));
  } catch (cause) {
    throw unavailable(`cannot reconcile ${rollup.create.table}`, cause);
  }
}

async function repair(client: ClickHouseClient, rollup: Rollup, query_params: Window): Promise<void> {
  const columns = ['tenant', 'time', ...rollup.keys, ...rollup.numbers, ...rollup.maps].join(', ');
  try {
    await client.command({
      query: `INSERT INTO ${rollup.create.table} (${columns}) SELECT ${columns} FROM (${differenceSql(rollup)})`,
      query_params,
      // The same difference may be missing twice; it is no resend.
      clickhouse_settings: { insert_deduplicate: 0 },
    });
  } catch (cause) {
    throw unavailable(`cannot repair ${rollup.create.table}`, cause);
  }
}
