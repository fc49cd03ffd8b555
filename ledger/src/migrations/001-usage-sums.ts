import { AMOUNT, mapOf } from './worked-out.ts';
import type { CreateTable, CreateView } from './change.ts';
import { DURABLE_SUMS, DURABLE_USAGE } from './durable.ts';
import { addedMeterColumns, METER_COLUMNS, METER_MAPS, METER_NUMBERS, SAME_METERS, sumsByMeter } from './meter-columns.ts';
import { startOf, type Rollup } from './rollup.ts';

/** Every dimension that does not grow with the number of users. */
export const USAGE_KEYS = [
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

const COUNT_COLUMNS = `
  calls SimpleAggregateFunction(sum, Int64),
  unpriced_calls SimpleAggregateFunction(sum, Int64),
  requests SimpleAggregateFunction(sum, Int64) COMMENT 'to a provider, billed or not',
  errors SimpleAggregateFunction(sum, Int64) COMMENT 'requests that failed',
  cost SimpleAggregateFunction(sum, Decimal(38, 12)) COMMENT 'USD'`.slice(1);

/** Bucket b of a histogram holds the milliseconds in (2^((b-1)/8), 2^(b/8)]; 0 holds what is at most 1 ms, 255 the rest. */
export const bucketOf = (column: string) => `toUInt8(least(255, ceil(8 * log2(greatest(1, toFloat64(ifNull(${column}, 0)))))))`;

export const NUMBERS = ['calls', 'unpriced_calls', 'requests', 'errors', 'cost'] as const;

const sumsOf = (prefix: string) => NUMBERS.map((name) => `  sum(${prefix}${name}) AS ${name},\n`).join('');
const lines = (names: readonly string[]) => names.map((name) => `  ${name},\n`).join('');

const USAGE_GROUPS = [...USAGE_KEYS, 'estimated'];
const USAGE_KEY_COLUMNS = `${USAGE_KEYS.map((key) => `  ${key} LowCardinality(String),\n`).join('')}  estimated Bool`;
const LATENCY = `sumMap(map(${bucketOf('duration_ms')}, delta_calls))`;
const TTFT = `sumMapIf(map(${bucketOf('ttft_ms')}, delta_calls), isNotNull(ttft_ms))`;

/** How far calls are understood and priced: what `quality_1h` is grouped by beside some of these keys, and what it counts. */
export const QUALITY_KEYS = ['unpriced_reason', 'scope_name', 'scope_version', 'semantics_profile', 'semantics_confidence'] as const;
export const QUALITY_NUMBERS = [
  ['calls_without_usage', `if(usage_meters = '', delta_calls, 0)`],
  ['flagged_calls', 'if(notEmpty(semantics_flags), delta_calls, 0)'],
] as const;

/** What rows of one face have in common. */
export const FED_KEYS = ['tenant', ...USAGE_GROUPS, ...QUALITY_KEYS];
/**
 * A face is a number within the insert of a token: rows that are copied from a table come from many. What an entry with a difference of its own names, its face
 * does not. The token is hashed by itself: ClickHouse does that once for all rows that have it.
 */
const ALIKE = 'face, cityHash64(insert_token) + cityHash64(mapKeys(changed_usage), mapKeys(changed_cost_by_meter))';

/**
 * What an insert adds to `usage_1m`, `usage_1h` and `quality_1h`, on its way to them: calls are grouped once for all three. Rows of one insert are told apart by the
 * numbers of their faces, because to group by so many texts takes as long as all the sums. Lists whose places mean the same meters are summed place by place; a map of
 * texts a row is what such a sum is slowest at.
 */
export const USAGE_FEED: readonly [CreateTable, CreateView] = [
  {
    table: 'usage_feed',
    columns: `  tenant LowCardinality(String),
  time DateTime('UTC'),
${USAGE_KEY_COLUMNS},
${QUALITY_KEYS.map((name) => `  ${name} LowCardinality(String),\n`).join('')}${[...NUMBERS.filter((name) => name !== 'cost'), ...QUALITY_NUMBERS.map(([name]) => name)].map((name) => `  added_${name} Int64,\n`).join('')}  added_cost ${AMOUNT},
${addedMeterColumns('added_')},
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
    select: `  ${startOf.minute} AS time,
${FED_KEYS.map((name) => `  any(${name}) AS ${name},\n`).join('')}${NUMBERS.map((name) => `  sum(delta_${name}) AS added_${name},\n`).join('')}${QUALITY_NUMBERS.map(([name, sql]) => `  sum(${sql}) AS added_${name},\n`).join('')}${sumsByMeter('added_', 'all')}  ${LATENCY} AS added_latency,
  ${TTFT} AS added_ttft`,
    groupBy: `WHERE adds\nGROUP BY time, ${ALIKE}`,
  },
];

function usageRollup(table: string, bucket: 'minute' | 'hour', partitionBy: string, keptDays: number): Rollup {
  const create: CreateTable = {
    table,
    columns: `  tenant LowCardinality(String),
  time DateTime('UTC') COMMENT 'start of the bucket' CODEC(Delta, ZSTD(1)),
${USAGE_KEY_COLUMNS},
${COUNT_COLUMNS},
${METER_COLUMNS},
  latency SimpleAggregateFunction(sumMap, Map(UInt8, Int64)) COMMENT 'calls per bucket b: at most 2^(b/8) ms' CODEC(T64, LZ4),
  ttft SimpleAggregateFunction(sumMap, Map(UInt8, Int64)) COMMENT 'calls per bucket b: at most 2^(b/8) ms' CODEC(T64, LZ4)`,
    engine: 'AggregatingMergeTree',
    clauses: `PARTITION BY ${partitionBy}
PRIMARY KEY (tenant, time)
ORDER BY (tenant, time, ${USAGE_GROUPS.join(', ')})
TTL time + INTERVAL ${keptDays} DAY
${DURABLE_USAGE}`,
    shardBy: 'sipHash64(tenant, time)',
  };
  const keys = `  tenant,
  ${startOf[bucket]} AS time,
${lines(USAGE_GROUPS)}`;
  const numbers = [...NUMBERS, ...METER_NUMBERS];
  const maps = [...METER_MAPS, 'latency', 'ttft'];
  const view: CreateView = {
    view: `${table}_mv`,
    to: table,
    from: 'usage_feed',
    select: `${keys}${[...numbers.map((name) => `  sum(added_${name}) AS ${name}`), ...maps.map((name) => `  sumMap(added_${name}) AS ${name}`)].join(',\n')}`,
    // Rows of the same keys have different faces, and as many as there are calls where faces are too many to be found again.
    groupBy: `GROUP BY tenant, time, ${USAGE_GROUPS.join(', ')}`,
  };
  const sumOf = {
    from: 'calls',
    select: `${keys}${sumsOf('delta_')}${sumsByMeter('', 'meters')}  ${LATENCY} AS latency,
  ${TTFT} AS ttft`,
    groupBy: `WHERE adds\nGROUP BY tenant, time, ${[...USAGE_GROUPS, ...SAME_METERS].join(', ')}`,
  };
  return {
    create,
    view,
    sumOf,
    bucket,
    keptDays,
    keys: USAGE_GROUPS,
    numbers,
    maps,
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
  groupBy: `WHERE adds\nGROUP BY tenant, time, ${USER_KEYS.join(', ')}, delta_meters`,
};

const userRollup: Rollup = {
  create: {
    table: 'user_1d',
    columns: `  tenant LowCardinality(String),
  time DateTime('UTC') COMMENT 'start of the day, UTC' CODEC(Delta, ZSTD(1)),
  environment LowCardinality(String),
  team LowCardinality(String),
  customer LowCardinality(String),
  user String,
${COUNT_COLUMNS},
  usage SimpleAggregateFunction(sumMap, Map(String, Decimal(38, 6)))`,
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

export const USAGE_ROLLUPS: readonly Rollup[] = [
  usageRollup('usage_1m', 'minute', 'toMonday(time)', 35),
  usageRollup('usage_1h', 'hour', 'toYYYYMM(time)', 800),
  userRollup,
];
