import type { ClickHouseClient } from '@clickhouse/client';
import { ROLLUPS } from '../../ledger/src/migrations/all.ts';

const DAY_MS = 86_400_000;
export const DAYS = 30;
/** Rows of an insert: enough for few parts, few enough for the engine's memory. */
const BLOCK_ROWS = 1_000_000;

/**
 * Thirty days of calls up to `endMs`, made inside the engine, without a client in between. The first day goes through the ledger's own tables and
 * views; the others are that day, later, with traces, runs and new prompts of their own: rows and their sums are copied alike.
 * Dimensions go together as they do in a company: a service has its team, two features, a model and sometimes another, 500 users, and two of five
 * serve 300 customers, a few of which ask most. One call in four belongs to a run
 * of an agent for one customer, of ten calls, each with a step; half carry prompt fingerprints, of 20,000 prompts or, one in twenty, of none before.
 */
export async function fill(
  client: ClickHouseClient,
  { rows, endMs }: { readonly rows: number; readonly endMs: number },
  say: (line: string) => void,
): Promise<void> {
  const startMs = endMs - DAYS * DAY_MS;
  const ofDay = Math.ceil(rows / DAYS);
  for (let from = 0; from < ofDay; from += BLOCK_ROWS) {
    const count = Math.min(BLOCK_ROWS, ofDay - from);
    const shared = { startMs, endMs: startMs + DAY_MS, rows: ofDay, from, count };
    await client.command({ query: callsSql(shared), clickhouse_settings: INSERT });
    await client.command({ query: stepsSql(shared), clickhouse_settings: INSERT });
    say(`  first day: ${String((from + count) / 1e6)} million`);
  }
  // Copies come in beside the views, which would sum them again.
  for (const table of ['calls', 'spans']) {
    await client.command({ query: `CREATE TABLE ${table}_later AS ${table}` });
    for (let day = 1; day < DAYS; day++) {
      await client.command({ query: laterSql(table, `${table}_later`, day), clickhouse_settings: INSERT });
      say(`  ${table}: ${String(day + 1)} days`);
    }
    const partitions = await client.query({
      query: `SELECT DISTINCT partition_id AS id FROM system.parts WHERE active AND database = currentDatabase() AND table = '${table}_later'`,
      format: 'JSONEachRow',
    });
    for (const { id } of await partitions.json<{ id: string }>())
      await client.command({ query: `ALTER TABLE ${table} ATTACH PARTITION ID '${id}' FROM ${table}_later` });
    await client.command({ query: `DROP TABLE ${table}_later SYNC` });
  }
  for (const { create } of ROLLUPS) {
    const first = `${create.table}_first`;
    await client.command({ query: `CREATE TABLE ${first} AS ${create.table}` });
    await client.command({ query: `INSERT INTO ${first} SELECT * FROM ${create.table}` });
    for (let day = 1; day < DAYS; day++) await client.command({ query: laterSql(first, create.table, day), clickhouse_settings: INSERT });
    await client.command({ query: `DROP TABLE ${first} SYNC` });
    say(`  ${create.table}`);
  }
  await mergeQuiet(client);
}

/** Sums of a partition become one part when nothing was written to it for an hour, as by now to all but the newest. Here a month is made in minutes. */
async function mergeQuiet(client: ClickHouseClient): Promise<void> {
  const quiet = await client.query({
    query: `SELECT table, partition_id AS id FROM system.parts
WHERE active AND database = currentDatabase()
  AND table IN (SELECT name FROM system.tables WHERE database = currentDatabase() AND engine_full LIKE '%min_age_to_force_merge_seconds%')
GROUP BY table, id
HAVING count() > 1 AND (table, id) NOT IN (SELECT table, max(partition_id) FROM system.parts WHERE active AND database = currentDatabase() GROUP BY table)`,
    format: 'JSONEachRow',
  });
  for (const { table, id } of await quiet.json<{ table: string; id: string }>())
    await client.command({ query: `OPTIMIZE TABLE ${table} PARTITION ID '${id}' FINAL` });
}

const INSERT = {
  async_insert: 0,
  max_insert_threads: '1',
  max_block_size: String(BLOCK_ROWS),
  min_insert_block_size_rows: String(BLOCK_ROWS),
  min_insert_block_size_bytes: '0',
  max_execution_time: 3000,
} as const;

/** What is another one each day, where a table has it. */
const OF_THE_DAY = {
  trace_id: (day: string) => `toUUID(concat(substring(toString(trace_id), 1, 32), '${day}'))`,
  run: (day: string) => `if(run = '', '', concat(run, '-${day}'))`,
  prompt_fingerprint: (day: string) =>
    `if(startsWith(prompt_fingerprint, 'new'), concat(substring(prompt_fingerprint, 1, 28), '${day}'), prompt_fingerprint)`,
} as const;
const COLUMNS_OF_THE_DAY: Readonly<Record<string, readonly (keyof typeof OF_THE_DAY)[]>> = {
  calls: ['trace_id', 'run', 'prompt_fingerprint'],
  spans: ['trace_id', 'run'],
  prompt_1d_first: ['prompt_fingerprint'],
  prompt_1ms_first: ['prompt_fingerprint'],
  run_1h_first: ['run'],
  run_step_1h_first: ['run'],
};

function laterSql(from: string, to: string, day: number): string {
  const name = String(day).padStart(4, '0');
  const later = (COLUMNS_OF_THE_DAY[from] ?? []).map((column) => `${OF_THE_DAY[column](name)} AS ${column}`);
  return `INSERT INTO ${to} SELECT * REPLACE(${[`time + INTERVAL ${String(day)} DAY AS time`, ...later].join(', ')}) FROM ${from}`;
}

interface Block {
  readonly startMs: number;
  readonly endMs: number;
  readonly rows: number;
  readonly from: number;
  readonly count: number;
}

const list = (...values: readonly string[]) => `[${values.map((value) => `'${value}'`).join(', ')}]`;
const pick = (values: string, index: string) => `${values}[1 + ${index}]`;

const TEAMS = list('support', 'search', 'platform', 'growth', 'research', 'legal', 'data', 'sales', 'finance', 'mobile');
const MODELS = list(
  'gpt-5.4-mini-2026-03-17',
  'gpt-5.4-2026-03-05',
  'gpt-5-nano-2025-08-07',
  'claude-opus-4-6',
  'claude-sonnet-4-6',
  'claude-haiku-4-5-20251001',
  'gemini-3-flash-preview',
  'text-embedding-3-large',
);
const PROVIDERS = list('openai', 'openai', 'openai', 'anthropic', 'anthropic', 'anthropic', 'gcp.gemini', 'openai');
const IN_RUN = 'service_no % 4 = 0';

/** What of a row follows from its number, for calls and steps alike. `n` runs with time. */
const FACTS = `number AS n,
  cityHash64(n) AS h,
  least(39, toUInt32(40 * pow((h % 100000) / 100000, 1.6))) AS service_no,
  intDiv(h, 100000) % 100000 / 100000 AS luck,
  intDiv(n, 400) * 10 + service_no AS run_no,
  concat('service-', toString(service_no)) AS service,
  if(service_no % 10 = 9, 'staging', 'production') AS environment,
  if(service_no = 7, '', ${pick(TEAMS, 'intDiv(service_no, 4)')}) AS team,
  service_no * 2 + (intDiv(h, 7) % 10 > 6) AS feature_no,
  concat('feature-', toString(feature_no)) AS feature,
  if(service_no % 5 < 2, concat('customer-', toString(toUInt32(300 * pow(intDiv(if(${IN_RUN}, cityHash64(run_no), h), 11) % 10000 / 10000, 4)))), '') AS customer,
  concat('user-', toString(service_no), '-', toString(toUInt32(500 * pow(intDiv(h, 13) % 10000 / 10000, 2)))) AS user,
  if(${IN_RUN}, concat('run-', toString(run_no)), '') AS run,
  if(${IN_RUN}, concat('agent-', toString(service_no)), '') AS agent,
  toUUID(hex(MD5(toString(if(${IN_RUN}, run_no, n))))) AS trace_id,
  h AS span_id`;

const at = ({ startMs, endMs, rows }: Block) =>
  `fromUnixTimestamp64Milli(toInt64(${String(startMs)} + n * ${String((endMs - startMs) / rows)}), 'UTC')`;
const numbers = ({ from, count }: Block) => `numbers(${String(from)}, ${String(count)})`;
const decimal = (value: string) => `toDecimal128(${value}, 6)`;

function callsSql(block: Block): string {
  return `INSERT INTO calls (tenant, time, received_time, recorded_at, insert_token, trace_id, span_id, parent_span_id, name, duration_ms, status, error_type, scope_name,
  scope_version, service, environment, team, feature, customer, user, session, run, agent, face, version, reason, ttft_ms, provider, operation, request_model, model,
  prompt_name, prompt_fingerprint, prompt_template_fingerprint, usage_meters, usage_quantities, charge_meters, charge_amounts, cost, price_status, billable, estimated, semantics_profile, semantics_confidence,
  delta_calls, delta_unpriced_calls, delta_requests, delta_errors, delta_cost, delta_usage_times, delta_cost_times)
SELECT 'default', time, time, time, 'bench', trace_id, span_id, if(run = '', 0, run_no), concat('chat ', model), toDecimal64(duration, 3),
  if(failed, 'error', 'unset'), if(failed, '429', ''), '@tokenledger/instrumentation', '0.1.0', service, environment, team, feature, customer, user,
  concat('session-', toString(intDiv(h, 17) % 500000)), run, agent, face, 0, 'call', toDecimal64(duration / 5, 3), provider, 'chat', model, model, prompt_name, prompt, template,
  arrayStringConcat(mapKeys(usage), ','), mapValues(usage), arrayStringConcat(mapKeys(by_meter), ','), mapValues(by_meter), cost,
  price_status, not failed, estimated, 'tokenledger', 'certain', not failed, price_status = 'unpriced' and not failed, 1, failed, delta_cost, 1, 1
FROM (
  SELECT ${FACTS},
    ${at(block)} AS time,
    (service_no + (intDiv(h, 19) % 20 = 0)) % 8 AS model_no,
    ${pick(MODELS, 'model_no')} AS model,
    ${pick(PROVIDERS, 'model_no')} AS provider,
    exp(5 + 3 * luck) AS duration,
    intDiv(h, 23) % 100 = 0 AS failed,
    service_no % 8 = 1 AND intDiv(h, 29) % 50 = 0 AS estimated,
    toUInt32(((feature_no * 8 + model_no) * 2 + failed) * 2 + estimated) AS face,
    multiIf(service_no = 39, 'unpriced', estimated, 'estimated', model_no > 2 AND model_no < 6, 'contract', 'exact') AS price_status,
    service_no % 2 = 1 AS has_prompt,
    if(has_prompt, concat('prompt-', toString(service_no)), '') AS prompt_name,
    concat(toString(service_no), '/', toString(intDiv(h, 31) % 10)) AS template_no,
    if(has_prompt, lower(hex(MD5(template_no))), '') AS template,
    if(has_prompt, if(intDiv(h, 37) % 20 = 0, concat('new', lower(hex(MD5(toString(n))))), lower(hex(MD5(concat(template_no, '/', toString(intDiv(h, 41) % 100)))))), '') AS prompt,
    toUInt32(exp(6 + 4 * luck)) AS input,
    toUInt32(60 + 900 * luck) AS output,
    if(failed, map(), map('input_uncached', ${decimal('input')}, 'cache_read', ${decimal('input * 2')}, 'output_text', ${decimal('output')}, 'reasoning', ${decimal('output * (h % 3)')}))
      AS usage,
    toDecimal128(1 + model_no, 12) / 1000000 AS price,
    if(failed OR price_status = 'unpriced', map(), map('input_uncached', price * input, 'cache_read', price * input / 5, 'output_text', price * output * 5, 'reasoning', price * output * 5 * (h % 3)))
      AS by_meter,
    if(price_status = 'unpriced' AND not failed, NULL, arraySum(mapValues(by_meter))) AS cost,
    ifNull(cost, toDecimal128(0, 12)) AS delta_cost
  FROM ${numbers(block)}
)`;
}

/** Of every call in a run its tool; one in forty is how the run came out. */
function stepsSql(block: Block): string {
  return `INSERT INTO spans (tenant, time, received_time, recorded_at, insert_token, trace_id, span_id, parent_span_id, name, duration_ms, status, scope_name, service,
  environment, team, feature, customer, user, run, agent, kind, attributes)
SELECT 'default', time, time, time, 'bench', trace_id, byteSwap(span_id), run_no, if(is_outcome, 'outcome task_done', concat('execute_tool ', tool)), toDecimal64(exp(4 + 3 * luck), 3),
  if(luck < 0.03, 'error', 'unset'), '@tokenledger/instrumentation', service, environment, team, feature, customer, user, run, agent, if(is_outcome, 'other', 'tool'),
  if(is_outcome, map('tokenledger.outcome.name', 'task_done', 'tokenledger.outcome.success', if(luck < 0.8, 'true', 'false')), map('gen_ai.tool.name', tool))
FROM (
  SELECT ${FACTS}, ${at(block)} AS time, concat('tool-', toString(intDiv(h, 43) % 12)) AS tool, intDiv(h, 47) % 40 = 0 AS is_outcome
  FROM ${numbers(block)}
  WHERE ${IN_RUN}
)`;
}
