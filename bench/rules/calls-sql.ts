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
export function insertCallsSql({ from, to, calls, untilMs }: Portion): string {
  const startMs = untilMs - DAYS * 86_400_000;
  return `INSERT INTO calls (tenant, time, received_time, recorded_at, insert_token, trace_id, span_id, name, duration_ms, status, service,
  team, feature, provider, operation, model, version, reason, usage, cost, price_status, billable,
  delta_calls, delta_unpriced_calls, delta_requests, delta_errors, delta_cost, delta_usage, delta_cost_by_meter)
SELECT 'default', at, at, at, 'bench-${from}', lower(hex(toUInt128(number + 1))), lower(hex(toUInt64(number + 1))), 'chat', 800,
  if(failed, 'error', 'ok'), 'bench', concat('team-', toString(series % ${TEAMS})), concat('feature-', toString(series)), 'openai', 'chat',
  if(series % 2 = 0, 'gpt-5', 'gpt-5-mini'), 0, 'call', used, amount, 'exact', true, 1, 0, 1, if(failed, 1, 0), amount, used,
  CAST(map('input_uncached', amount), 'Map(LowCardinality(String), Decimal(38, 12))')
FROM (
  SELECT number, sipHash64(number) % ${SERIES} AS series, sipHash64(number, 1) % 50 = 0 AS failed,
    fromUnixTimestamp64Milli(toInt64(${startMs} + intDiv(number * ${DAYS * 86_400_000}, ${calls})), 'UTC') AS at,
    CAST(map('input_uncached', toDecimal128(1000 + sipHash64(number, 2) % 1000, 6)), 'Map(LowCardinality(String), Decimal(38, 6))') AS used,
    toDecimal128((1000 + sipHash64(number, 2) % 1000) / 1000000, 12) AS amount
  FROM numbers(${from}, ${to - from})
)`;
}
