import type { ClickHouseClient } from '@clickhouse/client';

/** Features, each with a team, one of two models and its own rhythm. */
export const SERIES = 1000;
const TEAMS = 20;
/** Rules compare with weeks before. */
const DAYS = 30;

interface Portion {
  readonly from: number;
  readonly to: number;
  readonly calls: number;
  readonly untilMs: number;
}

/** Calls number `from` to `to` of so many, spread evenly over the last 30 days; what the collector would have written of them. */
function insertCallsSql({ from, to, calls, untilMs }: Portion): string {
  const startMs = untilMs - DAYS * 86_400_000;
  return `INSERT INTO calls (tenant, time, received_time, recorded_at, insert_token, trace_id, span_id, name, duration_ms, status, service,
  team, feature, provider, operation, model, version, reason, usage_meters, usage_quantities, charge_meters, charge_amounts, cost, price_status, billable,
  delta_calls, delta_unpriced_calls, delta_requests, delta_errors, delta_cost, delta_usage_times, delta_cost_times)
SELECT 'default', at, at, at, 'bench-${from}', reinterpretAsUUID(toUInt128(number + 1)), number + 1, 'chat ${untilMs}', 800,
  if(failed, 'error', 'ok'), 'bench', concat('team-', toString(series % ${TEAMS})), concat('feature-', toString(series)), 'openai', 'chat',
  if(series % 2 = 0, 'gpt-5', 'gpt-5-mini'), 0, 'call', 'input_uncached', [used], 'input_uncached', [amount], amount, 'exact', true,
  1, 0, 1, if(failed, 1, 0), amount, 1, 1
FROM (
  SELECT number, sipHash64(number) % ${SERIES} AS series, sipHash64(number, 1) % 50 = 0 AS failed,
    fromUnixTimestamp64Milli(toInt64(${startMs} + intDiv(number * ${DAYS * 86_400_000}, ${calls})), 'UTC') AS at,
    toDecimal128(1000 + sipHash64(number, 2) % 1000, 6) AS used,
    toDecimal128((1000 + sipHash64(number, 2) % 1000) / 1000000, 12) AS amount
  FROM numbers(${from}, ${to - from})
)`;
}

const PORTION = 250_000;
const INSERT = {
  max_insert_threads: '1',
  max_block_size: String(PORTION),
  min_insert_block_size_rows: String(PORTION),
  min_insert_block_size_bytes: '0',
  max_execution_time: 600,
} as const;

/** Makes what is not there yet. @returns where the calls end */
export async function fill(
  client: ClickHouseClient,
  { calls, nowMs }: { readonly calls: number; readonly nowMs: number },
  say: (line: string) => void,
): Promise<number> {
  const stored = await storedCalls(client);
  const untilMs = stored.untilMs ?? Math.floor(nowMs / 60_000) * 60_000;
  const startedMs = Date.now();
  for (let from = stored.calls; from < calls; from += PORTION) {
    const query = insertCallsSql({ from, to: Math.min(calls, from + PORTION), calls, untilMs });
    await client.command({ query, clickhouse_settings: INSERT });
  }
  const made = calls - stored.calls;
  say(
    `${calls.toLocaleString('en')} calls in ${SERIES} series, ${made > 0 ? `${made.toLocaleString('en')} made in ${((Date.now() - startedMs) / 1000).toFixed(0)} s` : 'made before'}`,
  );
  return untilMs;
}

/** The first call says how many there should be, and until when. */
async function storedCalls(client: ClickHouseClient): Promise<{ readonly calls: number; readonly untilMs?: number }> {
  const result = await client.query({ query: 'SELECT count() AS calls, any(name) AS made FROM calls', format: 'JSONEachRow' });
  const [row] = await result.json<{ readonly calls: string; readonly made: string }>();
  return Number(row?.calls ?? 0) === 0 ? { calls: 0 } : { calls: Number(row?.calls), untilMs: Number(row?.made.split(' ')[1]) };
}
