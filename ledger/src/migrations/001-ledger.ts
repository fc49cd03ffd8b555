import { AMOUNT, CALL_ALIASES, mapOf, QUANTITY } from './call-aliases.ts';
import type { CreateTable, CreateView } from './change.ts';
import type { Migration } from './migration.ts';
import { startOf, type Rollup } from './rollup.ts';

/**
 * Why it looks so:
 * - `calls` only grows. Sums of its `delta_*` columns are right whatever was corrected, so the rollups can be materialized views.
 * - Sort keys hold only what never changes. Calls lie by five minutes, then as they came: an insert is already in order, and the parts of one merge
 *   follow each other. By trace they would interleave row by row, and merging them costs three times as much and a tenth more bytes.
 * - What the calls of a model have in common is one text of a small dictionary (which meters, at which prices), and only numbers are each call's own:
 *   maps and lists of texts are what merges are slowest at. SQL finds them as maps under the names of `CALL_ALIASES`.
 * - `time` is the event time made believable (see clamp-event-time.ts), because it picks a partition; `original_time_ms` keeps what was said.
 * - Deduplication windows on base and rollups make a resent insert token count once everywhere; a window counts inserted parts.
 * - Look-ups ask for hundreds of ids at once, most of them unknown. A filter is asked for each of them, so it must be wrong rarely.
 * - Corrections are few, and every list of calls asks for them; an index tells which granules have none.
 * - What was recorded lately is asked for every half minute where several collectors write; an index tells which granules that is not.
 * - Rows are wide, so granules are counted in bytes: a look-up of one trace should not decompress thousands of others.
 * - Merges are much of what storing costs, and the more often a row is merged the more: parts wait until twenty go together. Up to some million
 *   rows all columns are merged at once, which takes half as long as one after the other.
 * - A part of less than 64 MiB is two files instead of hundreds, each of which would be synced; merges make columns of their own
 *   of what stays.
 * - A list of calls reads rows that lie far apart, and of each a compressed block a column: small blocks take a fifth less time, and 1.4 % more bytes.
 * - Rollups outlive the rows they were summed from.
 */
const DURABLE = `SETTINGS
  index_granularity_bytes = 1048576,
  min_compress_block_size = 16384,
  vertical_merge_algorithm_min_rows_to_activate = 4000000,
  min_bytes_for_wide_part = 67108864,
  merge_selector_base = 20,
  ttl_only_drop_parts = 1,
  non_replicated_deduplication_window = 10000,
  replicated_deduplication_window = 10000,
  replicated_deduplication_window_seconds = 604800,
  fsync_after_insert = 1,
  fsync_part_directory = 1,
  min_rows_to_fsync_after_merge = 1,
  old_parts_lifetime = 480`;

/**
 * Sums are read many at a time: with granules counted in rows that takes half as long. Of a part of two files a column is read granule by granule, which
 * takes twice as long as in a file of its own: parts that merges make get those, and merges of so few bytes may come more often, for each part costs each question a millisecond.
 */
export const DURABLE_SUMS = DURABLE.replace(/index_granularity_bytes[^]*(?=min_bytes)/, 'index_granularity = 2048,\n  ')
  .replace(/min_bytes_for_wide_part = \d+/, 'min_bytes_for_wide_part = 2097152')
  .replace(/merge_selector_base = \d+/, 'merge_selector_base = 8');

/** What calls and steps share. Ids are lower-case hex. An empty text means that nobody said. */
const SPAN_COLUMNS = `
  tenant LowCardinality(String),
  time DateTime64(3, 'UTC') CODEC(T64, ZSTD(1)),
  original_time_ms Nullable(Int64) COMMENT 'the event time as sent, where it could not be true' CODEC(ZSTD(1)),
  received_time DateTime64(3, 'UTC') COMMENT 'when the collector received the span' CODEC(T64, ZSTD(1)),
  recorded_at DateTime64(3, 'UTC') COMMENT 'when the ledger learned this row' CODEC(T64, ZSTD(1)),
  insert_token LowCardinality(String) COMMENT 'of the batch that wrote this row',
  trace_id String CODEC(ZSTD(1)),
  span_id String CODEC(ZSTD(1)),
  parent_span_id String CODEC(ZSTD(1)),
  name LowCardinality(String),
  duration_ms Decimal(18, 3) CODEC(T64, ZSTD(1)),
  status LowCardinality(String),
  error_type LowCardinality(String),
  scope_name LowCardinality(String),
  scope_version LowCardinality(String),
  service LowCardinality(String),
  environment LowCardinality(String),
  team LowCardinality(String),
  feature LowCardinality(String),
  customer LowCardinality(String),
  user String CODEC(ZSTD(1)),
  session String CODEC(ZSTD(1)),
  run String CODEC(ZSTD(1)),
  agent LowCardinality(String),
  tags Map(LowCardinality(String), String) CODEC(ZSTD(1))`.slice(1);

const calls: CreateTable = {
  table: 'calls',
  columns: `${SPAN_COLUMNS},
  version UInt32 CODEC(T64, ZSTD(1)),
  reason LowCardinality(String),
  ttft_ms Nullable(Decimal(18, 3)) CODEC(ZSTD(1)),
  provider LowCardinality(String),
  gateway LowCardinality(String),
  operation LowCardinality(String),
  request_model LowCardinality(String),
  model LowCardinality(String),
  service_tier LowCardinality(String),
  region LowCardinality(String),
  response_id String CODEC(ZSTD(1)),
  prompt_name LowCardinality(String),
  prompt_version LowCardinality(String),
  prompt_fingerprint String CODEC(ZSTD(1)),
  prompt_template_fingerprint LowCardinality(String),
  finish_reasons LowCardinality(String) COMMENT 'JSON list',
  usage_meters LowCardinality(String) COMMENT 'joined by commas; an absent meter is unknown, not 0',
  usage_quantities Array(Decimal(38, 6)) COMMENT 'of each of usage_meters' CODEC(ZSTD(1)),
  charge_meters LowCardinality(String) COMMENT 'joined by commas',
  charge_prices LowCardinality(String) COMMENT 'JSON list of unit price (USD, exact decimal text; null: the amount), price id and source of each of charge_meters',
  charge_quantities String COMMENT 'joined by commas, where they are not those of usage' CODEC(ZSTD(1)),
  charge_amounts Array(Decimal(38, 12)) COMMENT 'USD, of each of charge_meters' CODEC(ZSTD(1)),
  cost Nullable(Decimal(38, 12)) COMMENT 'USD; null when unpriced' CODEC(ZSTD(1)),
  price_status LowCardinality(String),
  unpriced_reason LowCardinality(String),
  reported_cost Nullable(Decimal(38, 12)) CODEC(ZSTD(1)),
  billable Bool,
  not_billable_reason LowCardinality(String),
  estimated Bool,
  semantics_profile LowCardinality(String),
  semantics_confidence LowCardinality(String),
  semantics_flags LowCardinality(String) COMMENT 'JSON list',
  raw_usage_names LowCardinality(String) COMMENT 'JSON list of attribute names',
  raw_usage_values String COMMENT 'JSON scalars of each of raw_usage_names, joined by commas' CODEC(ZSTD(1)),
  evidence LowCardinality(String) COMMENT 'what the row was judged from and does not say itself',
  delta_calls Int8,
  delta_unpriced_calls Int8,
  delta_requests Int8,
  delta_errors Int8,
  delta_cost Decimal(38, 12) CODEC(ZSTD(1)),
  delta_usage_times Int8 COMMENT '1: the entry adds the whole usage, -1: it takes it back, 0: see changed_usage',
  delta_cost_times Int8 COMMENT '1: the entry adds all charges, -1: it takes them back, 0: see changed_cost_by_meter',
  changed_usage Map(LowCardinality(String), Decimal(38, 6)) CODEC(ZSTD(1)),
  changed_cost_by_meter Map(LowCardinality(String), Decimal(38, 12)) CODEC(ZSTD(1)),
${Object.entries(CALL_ALIASES)
  .map(([name, { type, sql }]) => `  ${name} ${type} ALIAS ${sql},`)
  .join('\n')}
  INDEX calls_trace_id trace_id TYPE bloom_filter(0.001) GRANULARITY 4,
  INDEX calls_response_id response_id TYPE bloom_filter(0.001) GRANULARITY 4,
  INDEX calls_recorded_at recorded_at TYPE minmax GRANULARITY 4,
  INDEX calls_version version TYPE minmax GRANULARITY 4`,
  engine: 'MergeTree',
  clauses: `PARTITION BY toYYYYMM(time)
ORDER BY (tenant, toStartOfFiveMinutes(time), received_time)
TTL toDateTime(time) + INTERVAL 400 DAY
${DURABLE}`,
  shardBy: 'sipHash64(trace_id)',
};

/** A step has no version and nothing to sum: a step that is sent again later replaces itself. */
const spans: CreateTable = {
  table: 'spans',
  columns: `${SPAN_COLUMNS},
  kind LowCardinality(String),
  attributes Map(LowCardinality(String), String) CODEC(ZSTD(1)),
  evidence LowCardinality(String) COMMENT 'what the row was judged from and does not say itself',
  INDEX spans_trace_id trace_id TYPE bloom_filter(0.001) GRANULARITY 4,
  INDEX spans_recorded_at recorded_at TYPE minmax GRANULARITY 4`,
  engine: 'ReplacingMergeTree',
  engineArguments: 'recorded_at',
  clauses: `PARTITION BY toMonday(time)
ORDER BY (tenant, toStartOfFiveMinutes(time), trace_id, span_id)
TTL toDateTime(time) + INTERVAL 30 DAY
${DURABLE}`,
  shardBy: 'sipHash64(trace_id)',
};

/** Every dimension that does not grow with the number of users. */
const USAGE_KEYS = [
  'service',
  'environment',
  'team',
  'feature',
  'agent',
  'provider',
  'gateway',
  'operation',
  'request_model',
  'model',
  'service_tier',
  'region',
  'price_status',
  'status',
  'error_type',
] as const;

const SUM_COLUMNS = `
  calls SimpleAggregateFunction(sum, Int64),
  unpriced_calls SimpleAggregateFunction(sum, Int64),
  requests SimpleAggregateFunction(sum, Int64) COMMENT 'to a provider, billed or not',
  errors SimpleAggregateFunction(sum, Int64) COMMENT 'requests that failed',
  cost SimpleAggregateFunction(sum, Decimal(38, 12)) COMMENT 'USD' CODEC(ZSTD(1)),
  usage SimpleAggregateFunction(sumMap, Map(String, Decimal(38, 6))) CODEC(ZSTD(1))`.slice(1);

/** Bucket b of a histogram holds the milliseconds in (2^((b-1)/8), 2^(b/8)]; 0 holds what is at most 1 ms, 255 the rest. */
export const bucketOf = (column: string) => `toUInt8(least(255, ceil(8 * log2(greatest(1, toFloat64(ifNull(${column}, 0)))))))`;

/** Entries that add nothing (wrappers, twins, answers from a cache) leave no row behind. */
export const ADDS_SOMETHING = `WHERE delta_calls != 0 OR delta_unpriced_calls != 0 OR delta_requests != 0 OR delta_errors != 0
  OR delta_cost != 0 OR notEmpty(delta_meters) OR notEmpty(delta_charge_meters)`;

export const NUMBERS = ['calls', 'unpriced_calls', 'requests', 'errors', 'cost'] as const;

const sumsOf = (prefix: string) => NUMBERS.map((name) => `  sum(${prefix}${name}) AS ${name},\n`).join('');
const lines = (names: readonly string[]) => names.map((name) => `  ${name},\n`).join('');

const USAGE_GROUPS = [...USAGE_KEYS, 'estimated'];
const USAGE_KEY_COLUMNS = `${USAGE_KEYS.map((key) => `  ${key} LowCardinality(String),\n`).join('')}  estimated Bool`;
const LATENCY = `sumMap(map(${bucketOf('duration_ms')}, delta_calls))`;
const TTFT = `sumMapIf(map(${bucketOf('ttft_ms')}, delta_calls), isNotNull(ttft_ms))`;

/**
 * What an insert adds to `usage_1m` and `usage_1h`, on its way to both: calls are grouped once for the two, and lists whose places mean the same meters
 * are summed place by place; a map of texts a row is what such a sum is slowest at.
 */
const usageFeed: readonly [CreateTable, CreateView] = [
  {
    table: 'usage_feed',
    columns: `  tenant LowCardinality(String),
  time DateTime('UTC'),
${USAGE_KEY_COLUMNS},
  ${NUMBERS.filter((name) => name !== 'cost')
    .map((name) => `added_${name} Int64`)
    .join(',\n  ')},
  added_cost ${AMOUNT},
  added_meters String,
  added_quantities Array(${QUANTITY}),
  added_charge_meters String,
  added_charge_amounts Array(${AMOUNT}),
  added_latency Map(UInt8, Int64),
  added_ttft Map(UInt8, Int64)`,
    engine: 'Null',
    clauses: '',
    shardBy: '',
  },
  {
    view: 'usage_feed_mv',
    to: 'usage_feed',
    from: 'calls',
    select: `  tenant,
  ${startOf.minute} AS time,
${lines(USAGE_GROUPS)}${NUMBERS.map((name) => `  sum(delta_${name}) AS added_${name},\n`).join('')}  delta_meters AS added_meters,
  sumForEach(delta_quantities) AS added_quantities,
  delta_charge_meters AS added_charge_meters,
  sumForEach(delta_charge_amounts) AS added_charge_amounts,
  ${LATENCY} AS added_latency,
  ${TTFT} AS added_ttft`,
    groupBy: `${ADDS_SOMETHING}\nGROUP BY tenant, time, ${USAGE_GROUPS.join(', ')}, added_meters, added_charge_meters`,
  },
];

function usageRollup(table: string, bucket: 'minute' | 'hour', partitionBy: string, keptDays: number): Rollup {
  const create: CreateTable = {
    table,
    columns: `  tenant LowCardinality(String),
  time DateTime('UTC') COMMENT 'start of the bucket' CODEC(Delta, ZSTD(1)),
${USAGE_KEY_COLUMNS},
${SUM_COLUMNS},
  cost_by_meter SimpleAggregateFunction(sumMap, Map(String, ${AMOUNT})) CODEC(ZSTD(1)),
  latency SimpleAggregateFunction(sumMap, Map(UInt8, Int64)) COMMENT 'calls per bucket b: at most 2^(b/8) ms' CODEC(ZSTD(1)),
  ttft SimpleAggregateFunction(sumMap, Map(UInt8, Int64)) COMMENT 'calls per bucket b: at most 2^(b/8) ms' CODEC(ZSTD(1))`,
    engine: 'AggregatingMergeTree',
    clauses: `PARTITION BY ${partitionBy}
PRIMARY KEY (tenant, time)
ORDER BY (tenant, time, ${USAGE_GROUPS.join(', ')})
TTL time + INTERVAL ${keptDays} DAY
${DURABLE_SUMS}`,
    shardBy: 'sipHash64(tenant, time)',
  };
  const keys = `  tenant,
  ${startOf[bucket]} AS time,
${lines(USAGE_GROUPS)}`;
  const grouped = `GROUP BY tenant, time, ${USAGE_GROUPS.join(', ')}`;
  const view: CreateView = {
    view: `${table}_mv`,
    to: table,
    from: 'usage_feed',
    select: `${keys}${sumsOf('added_')}  sumMap(${mapOf('added_meters', 'added_quantities')}) AS usage,
  sumMap(${mapOf('added_charge_meters', 'added_charge_amounts')}) AS cost_by_meter,
  sumMap(added_latency) AS latency,
  sumMap(added_ttft) AS ttft`,
    groupBy: grouped,
  };
  const sumOf = {
    from: 'calls',
    select: `${keys}${sumsOf('delta_')}  sumMap(delta_usage) AS usage,
  sumMap(delta_cost_by_meter) AS cost_by_meter,
  ${LATENCY} AS latency,
  ${TTFT} AS ttft`,
    groupBy: `${ADDS_SOMETHING}\n${grouped}`,
  };
  return {
    create,
    view,
    sumOf,
    bucket,
    keptDays,
    keys: USAGE_GROUPS,
    numbers: NUMBERS,
    maps: ['usage', 'cost_by_meter', 'latency', 'ttft'],
  };
}

/** Rows of a key whose calls used different meters are merged later. */
export const USAGE_OF_SAME_METERS = mapOf('delta_meters', 'sumForEach(delta_quantities)');

const USER_KEYS = ['environment', 'team', 'customer', 'user'] as const;

const userSums = {
  from: 'calls',
  select: `  tenant,
  ${startOf.day} AS time,
${lines(USER_KEYS)}${sumsOf('delta_')}  ${USAGE_OF_SAME_METERS} AS usage`,
  groupBy: `${ADDS_SOMETHING}\nGROUP BY tenant, time, ${USER_KEYS.join(', ')}, delta_meters`,
};

const userRollup: Rollup = {
  create: {
    table: 'user_1d',
    columns: `  tenant LowCardinality(String),
  time DateTime('UTC') COMMENT 'start of the day, UTC' CODEC(Delta, ZSTD(1)),
  environment LowCardinality(String),
  team LowCardinality(String),
  customer LowCardinality(String),
  user String CODEC(ZSTD(1)),
${SUM_COLUMNS}`,
    engine: 'AggregatingMergeTree',
    clauses: `PARTITION BY toYYYYMM(time)
PRIMARY KEY (tenant, time)
ORDER BY (tenant, time, ${USER_KEYS.join(', ')})
TTL time + INTERVAL 800 DAY
${DURABLE_SUMS}`,
    shardBy: 'sipHash64(tenant, user)',
  },
  view: { view: 'user_1d_mv', to: 'user_1d', ...userSums },
  sumOf: userSums,
  bucket: 'day',
  keptDays: 800,
  keys: USER_KEYS,
  numbers: NUMBERS,
  maps: ['usage'],
};

const ROLLUPS: readonly Rollup[] = [
  usageRollup('usage_1m', 'minute', 'toMonday(time)', 35),
  usageRollup('usage_1h', 'hour', 'toYYYYMM(time)', 800),
  userRollup,
];

export const ledgerTables: Migration = {
  version: 1,
  name: 'calls, spans and their rollups',
  changes: [calls, spans, usageFeed[0], ...ROLLUPS.flatMap(({ create, view }) => [create, view]), usageFeed[1]],
  rollups: ROLLUPS,
};
