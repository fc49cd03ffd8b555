import { ADDS_SOMETHING, bucketOf, NUMBERS, USAGE_OF_SAME_METERS } from './001-usage-sums.ts';
import { DURABLE_SUMS } from './durable.ts';
import type { Migration } from './migration.ts';
import { startOf, type Bucket, type Rollup } from './rollup.ts';

/**
 * Sums for questions that dashboards ask and that grow with customers, prompts and runs: each has a table of its own, so that
 * `usage_1m` and `usage_1h` stay small whatever a tenant calls its customers.
 */
export interface SumTable {
  readonly table: string;
  readonly from: 'calls' | 'spans';
  readonly bucket: Bucket;
  readonly keptDays: number;
  /** Name, type and, where it is not a column of that name, what it is. */
  readonly keys: readonly (readonly [name: string, type: string, sql?: string])[];
  readonly numbers: readonly (readonly [name: string, type: string, sql: string])[];
  readonly maps: readonly (readonly [name: string, type: string, sql: string])[];
  /** Which rows it is about; absent: all. Of entries only those that add something leave a row. */
  readonly condition?: string;
  /** Rows of a key are one for each of these, until they are merged. */
  readonly alsoGroupedBy?: string;
  readonly shardBy: string;
}

export function rollup({ table, from, bucket, keptDays, keys, numbers, maps, condition, alsoGroupedBy, shardBy }: SumTable): Rollup {
  const names = keys.map(([name]) => name);
  const sums = [...numbers, ...maps];
  const columns = [
    'tenant LowCardinality(String)',
    `time DateTime('UTC') COMMENT 'start of the ${bucket}' CODEC(Delta, ZSTD(1))`,
    ...keys.map(([name, type]) => `${name} ${type}`),
    ...numbers.map(([name, type]) => `${name} SimpleAggregateFunction(sum, ${type})`),
    ...maps.map(([name, type]) => `${name} SimpleAggregateFunction(sumMap, ${type}) CODEC(ZSTD(1))`),
    ...keys
      .filter(isLong)
      .flatMap(([name]) => HASHES.map((hash, index) => `${hashColumn(name, index)} UInt64 MATERIALIZED ${hash}(${name}) CODEC(NONE)`)),
  ];
  const sumOf = {
    from,
    select: [
      'tenant',
      `${startOf[bucket]} AS time`,
      ...keys.map(([name, , sql]) => (sql === undefined ? name : `${sql} AS ${name}`)),
      ...sums.map(([name, , sql]) => `${sql} AS ${name}`),
    ]
      .map((line) => `  ${line}`)
      .join(',\n'),
    groupBy: `${from === 'spans' ? `WHERE ${condition ?? 'true'}` : condition === undefined ? ADDS_SOMETHING : also(condition)}\nGROUP BY ${['tenant', 'time', ...names, ...(alsoGroupedBy === undefined ? [] : [alsoGroupedBy])].join(', ')}`,
  };
  return {
    create: {
      table,
      columns: columns.map((column) => `  ${column}`).join(',\n'),
      engine: 'AggregatingMergeTree',
      clauses: `PARTITION BY toYYYYMM(time)
PRIMARY KEY (tenant, time)
ORDER BY (tenant, time, ${names.join(', ')})
TTL time + INTERVAL ${keptDays} DAY
${DURABLE_SUMS}`,
      shardBy,
    },
    view: { view: `${table}_mv`, to: table, ...sumOf },
    sumOf,
    bucket,
    keptDays,
    keys: names,
    numbers: numbers.map(([name]) => name),
    maps: maps.map(([name]) => name),
  };
}

const NAME = 'LowCardinality(String)';
const TEXT = 'String CODEC(ZSTD(1))';
/** Of a key with about as many texts as there are rows two hashes are kept: groups are told apart by 128 bits of numbers, not by reading texts. */
export const HASHES = ['cityHash64', 'xxHash64'] as const;
export const hashColumn = (key: string, index: number) => `${key}_hash_${index}`;
export const isLong = ([, type]: SumTable['keys'][number]) => type === TEXT;
export const named = (...names: readonly string[]) => names.map((name) => [name, NAME] as const);

const COUNTED: SumTable['numbers'] = [
  ...NUMBERS.filter((name) => name !== 'cost').map((name) => [name, 'Int64', `sum(delta_${name})`] as const),
  ['cost', 'Decimal(38, 12)', 'sum(delta_cost)'],
];
const USAGE: SumTable['maps'][number] = ['usage', 'Map(String, Decimal(38, 6))', USAGE_OF_SAME_METERS];
const also = (condition: string) => ADDS_SOMETHING.replace(/^WHERE ([\s\S]*)$/, `WHERE ${condition} AND ($1)`);

const customers: SumTable = {
  table: 'customer_1h',
  from: 'calls',
  bucket: 'hour',
  keptDays: 800,
  keys: named('environment', 'team', 'feature', 'customer', 'provider', 'model'),
  numbers: COUNTED,
  maps: [USAGE],
  alsoGroupedBy: 'delta_meters',
  shardBy: 'sipHash64(tenant, customer)',
};

/** Nano-USD, whose squares of a billion calls of a thousand dollars fit into 128 bits. */
const nanoUsd = (cost: string) => `toInt128(${cost} * 1000000000)`;
const AFTER = 'ifNull(cost, toDecimal128(0, 12))';
/** What the call cost before this entry: an entry tells the whole cost after it and the difference that it made. */
const BEFORE = `(${AFTER} - delta_cost)`;
/** 1: a priced call is added, -1: taken back, 0: its cost changed or it has none. */
const PRICED = '(delta_calls - delta_unpriced_calls)';
/** Bucket b counts the calls of at most 2^(b/8) nano-USD. */
const costBucket = (cost: string) => `toUInt16(ceil(8 * log2(greatest(1, toFloat64(${cost}) * 1000000000))))`;
const HISTOGRAM = 'Map(UInt16, Int64)';
const ofOne = (bucket: string, count: string) => `CAST(map(${bucket}, toInt64(${count})), '${HISTOGRAM}')`;

const prompts: SumTable = {
  table: 'prompt_1d',
  from: 'calls',
  bucket: 'day',
  keptDays: 400,
  keys: [
    ...named('environment', 'team', 'feature', 'provider', 'model', 'prompt_name', 'prompt_version', 'prompt_template_fingerprint'),
    ['prompt_fingerprint', TEXT],
  ],
  numbers: [
    ...COUNTED.filter(([name]) => name !== 'cost'),
    // All that is asked of what prompts used: a map would cost as much as all the rest to sum.
    ...(['output_text', 'reasoning'] as const).map((meter) => [meter, 'Decimal(38, 6)', `sum(delta_usage['${meter}'])`] as const),
    // Not named cost: within the view that is the whole cost of the call.
    ['priced_cost', 'Decimal(38, 12)', 'sum(delta_cost)'],
    [
      'cost_squares',
      'Int128',
      `sum(if(${PRICED} != 0, ${PRICED} * ${nanoUsd(AFTER)} * ${nanoUsd(AFTER)}, (${nanoUsd(AFTER)} - ${nanoUsd(BEFORE)}) * (${nanoUsd(AFTER)} + ${nanoUsd(BEFORE)})))`,
    ],
  ],
  maps: [
    [
      'cost_histogram',
      HISTOGRAM,
      `sumMap(multiIf(${PRICED} != 0, ${ofOne(costBucket(AFTER), PRICED)}, delta_cost = 0 OR ${costBucket(AFTER)} = ${costBucket(BEFORE)}, CAST(map(), '${HISTOGRAM}'), CAST(map(${costBucket(AFTER)}, toInt64(1), ${costBucket(BEFORE)}, toInt64(-1)), '${HISTOGRAM}')))`,
    ],
  ],
  condition: `(prompt_fingerprint != '' OR prompt_template_fingerprint != '' OR prompt_name != '')`,
  shardBy: 'sipHash64(tenant, prompt_fingerprint)',
};

const runs: SumTable = {
  table: 'run_1d',
  from: 'calls',
  bucket: 'day',
  keptDays: 400,
  keys: [...named('environment', 'team', 'feature', 'customer', 'agent'), ['run', TEXT]],
  numbers: COUNTED,
  maps: [],
  condition: `run != ''`,
  shardBy: 'sipHash64(tenant, run)',
};

const SAID = (attribute: string) => `attributes['${attribute}']`;
/** An outcome is a span of its own, whatever its kind. */
const IS_OUTCOME = `${SAID('tokenledger.outcome.name')} != ''`;
const STEP_NUMBERS: SumTable['numbers'] = [
  ['steps', 'Int64', 'toInt64(count())'],
  ['failed_steps', 'Int64', `toInt64(countIf(status = 'error'))`],
];

const steps: SumTable = {
  table: 'step_1h',
  from: 'spans',
  bucket: 'hour',
  keptDays: 800,
  keys: [
    ...named('service', 'environment', 'team', 'feature', 'agent'),
    ['step_kind', NAME, `if(${IS_OUTCOME}, 'outcome', kind)`],
    [
      'step',
      NAME,
      `multiIf(${IS_OUTCOME}, ${SAID('tokenledger.outcome.name')}, ${SAID('gen_ai.tool.name')} != '', ${SAID('gen_ai.tool.name')}, ${SAID('tool.name')} != '', ${SAID('tool.name')}, name)`,
    ],
    [
      'outcome',
      NAME,
      `multiIf(${SAID('tokenledger.outcome.success')} = 'true', 'success', ${SAID('tokenledger.outcome.success')} = 'false', 'failure', '')`,
    ],
  ],
  numbers: [...STEP_NUMBERS, ['outcome_value', 'Decimal(38, 6)', `sum(toDecimal128OrZero(${SAID('tokenledger.outcome.value')}, 6))`]],
  maps: [['latency', 'Map(UInt8, Int64)', `sumMap(map(${bucketOf('duration_ms')}, toInt64(1)))`]],
  condition: `kind != 'other' OR ${IS_OUTCOME}`,
  shardBy: 'sipHash64(tenant, step)',
};

const runSteps: SumTable = {
  table: 'run_step_1d',
  from: 'spans',
  bucket: 'day',
  keptDays: 400,
  keys: [['run', TEXT]],
  numbers: [
    ...STEP_NUMBERS,
    ['tool_calls', 'Int64', `toInt64(countIf(kind = 'tool'))`],
    ['successes', 'Int64', `toInt64(countIf(${SAID('tokenledger.outcome.success')} = 'true'))`],
    ['failures', 'Int64', `toInt64(countIf(${SAID('tokenledger.outcome.success')} = 'false'))`],
  ],
  maps: [],
  condition: `run != ''`,
  shardBy: 'sipHash64(tenant, run)',
};

/** What the tables are sums of: what is not yet in a whole bucket is summed alike when it is read. */
export const SUM_TABLES = { prompt_1d: prompts, run_1d: runs, step_1h: steps, run_step_1d: runSteps } as const satisfies Record<
  string,
  SumTable
>;

const ROLLUPS = [customers, prompts, runs, steps, runSteps].map(rollup);

export const dashboardRollups: Migration = {
  version: 2,
  name: 'rollups by customer, prompt, run and step',
  changes: ROLLUPS.flatMap(({ create, view }) => [create, view]),
  rollups: ROLLUPS,
};
