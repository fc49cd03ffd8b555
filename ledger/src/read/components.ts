import type { Meter } from '@tokenledger/model';
import { COMMON_METERS, meterColumn, type CommonMeter, type Metered } from '../migrations/meter-columns.ts';

/** How a table names its columns: entries of the ledger, or one of the shapes of rollups; `sums` knows counts, cost and usage alone. */
export type SourceShape = 'entries' | 'usage' | 'sums';

/**
 * The sums that measures are made of. Each adds up over any split of the entries, by time, by dimension or by table, which is
 * why a range can be answered from several tables at once.
 */
interface ComponentFacts {
  /** Sums of one group, per shape of table. A shape that is absent cannot tell. */
  readonly sql: Readonly<Partial<Record<SourceShape, string | ((meters: readonly Meter[]) => string)>>>;
  readonly kind: 'number' | 'map';
}

const USAGE_MAP = 'Map(String, Decimal(38, 6))';
const COST_MAP = 'Map(String, Decimal(38, 12))';
const HISTOGRAM = 'Map(UInt8, Int64)';

/** The bucket of the rollups' histograms, as the first migration defines it: bucket b is at most 2^(b/8) ms. */
const bucketOf = (column: string) => `toUInt8(least(255, ceil(8 * log2(greatest(1, toFloat64(ifNull(${column}, 0)))))))`;

/** Errors after which clients ask again: limits, overload, and answers that did not come in time. */
const RETRYABLE = [
  '408',
  '409',
  '429',
  '500',
  '502',
  '503',
  '504',
  '529',
  'timeout',
  'rate_limit_error',
  'overloaded_error',
  'server_error',
  'ECONNRESET',
  'ETIMEDOUT',
]
  .map((type) => `'${type}'`)
  .join(', ');
/** The app hung up. That is no failure, but what was generated was paid for. */
const ABORTED = ['AbortError', 'aborted', 'cancelled', 'canceled'].map((type) => `'${type}'`).join(', ');

function costWhere(condition: string): ComponentFacts {
  return { kind: 'number', sql: { entries: `sumIf(delta_cost, ${condition})`, usage: `sumIf(cost, ${condition})` } };
}

const CACHE_METERS = ['cache_read', 'cache_write', 'cache_write_5m', 'cache_write_1h'] as const satisfies readonly CommonMeter[];

/**
 * What the cached tokens would have cost as plain input, less what they did cost. The plain price is that of the same row: one model,
 * tier and hour, so one price, unless it changed within. Rows without plain input cannot tell and add nothing.
 */
function savingsSql(valueOf: (of: Metered, meter: CommonMeter) => string): string {
  const cached = CACHE_METERS.map((meter) => valueOf('usage', meter)).join(' + ');
  const paid = CACHE_METERS.map((meter) => valueOf('cost', meter)).join(' + ');
  const plain = valueOf('usage', 'input_uncached');
  const plainCost = valueOf('cost', 'input_uncached');
  const asPlain = `(${cached}) * toDecimal256(${plainCost}, 12) / if(${plain} = 0, toDecimal128(1, 6), ${plain})`;
  return `CAST(sumIf(${asPlain} - (${paid}), ${plain} != 0 AND ${plainCost} != 0) AS Decimal(38, 12))`;
}

/** Each map is worked out once: where it is named first it gets a name of its own. */
function savingsOfEntriesSql(): string {
  const maps = { usage: ['delta_usage', 'used'], cost: ['delta_cost_by_meter', 'paid'] } as const satisfies Record<
    Metered,
    readonly string[]
  >;
  const named = new Set<Metered>();
  return savingsSql((of, meter) => {
    const [map, name] = maps[of];
    const value = named.has(of) ? name : `(${map} AS ${name})`;
    named.add(of);
    return `${value}['${meter}']`;
  });
}

/** Sums of those of the rollup's columns that are asked for, as a map without what came to nothing. */
const metersSql = (of: Metered) => (meters: readonly Meter[]) => {
  const common = COMMON_METERS.filter((meter) => meters.includes(meter)).map((meter) => `'${meter}', sum(${meterColumn(of, meter)})`);
  const maps = [
    ...(common.length === 0 ? [] : [`mapFilter((meter, value) -> value != 0, map(${common.join(', ')}))`]),
    ...(common.length < meters.length ? [`sumMap(${meterColumn(of, 'other')})`] : []),
  ];
  return maps.length === 1 ? maps.join('') : `mapConcat(${maps.join(', ')})`;
};

const COMPONENT_FACTS = {
  calls: { kind: 'number', sql: { entries: 'sum(delta_calls)', usage: 'sum(calls)', sums: 'sum(calls)' } },
  unpriced_calls: {
    kind: 'number',
    sql: { entries: 'sum(delta_unpriced_calls)', usage: 'sum(unpriced_calls)', sums: 'sum(unpriced_calls)' },
  },
  requests: { kind: 'number', sql: { entries: 'sum(delta_requests)', usage: 'sum(requests)', sums: 'sum(requests)' } },
  errors: { kind: 'number', sql: { entries: 'sum(delta_errors)', usage: 'sum(errors)', sums: 'sum(errors)' } },
  estimated_calls: { kind: 'number', sql: { entries: 'sumIf(delta_calls, estimated)', usage: 'sumIf(calls, estimated)' } },
  cost: { kind: 'number', sql: { entries: 'sum(delta_cost)', usage: 'sum(cost)', sums: 'sum(cost)' } },
  failed_cost: costWhere(`status = 'error' AND error_type NOT IN (${RETRYABLE})`),
  retryable_cost: costWhere(`status = 'error' AND error_type IN (${RETRYABLE})`),
  aborted_cost: costWhere(`status != 'error' AND error_type IN (${ABORTED})`),
  cache_savings: {
    kind: 'number',
    sql: { entries: savingsOfEntriesSql(), usage: savingsSql(meterColumn) },
  },
  usage: {
    kind: 'map',
    sql: { entries: `CAST(sumMap(delta_usage), '${USAGE_MAP}')`, usage: metersSql('usage'), sums: 'sumMap(usage)' },
  },
  cost_by_meter: {
    kind: 'map',
    sql: { entries: `CAST(sumMap(delta_cost_by_meter), '${COST_MAP}')`, usage: metersSql('cost') },
  },
  latency: {
    kind: 'map',
    sql: { entries: `CAST(sumMap(map(${bucketOf('duration_ms')}, toInt64(delta_calls))), '${HISTOGRAM}')`, usage: 'sumMap(latency)' },
  },
  ttft: {
    kind: 'map',
    sql: {
      entries: `CAST(sumMapIf(map(${bucketOf('ttft_ms')}, toInt64(delta_calls)), isNotNull(ttft_ms)), '${HISTOGRAM}')`,
      usage: 'sumMap(ttft)',
    },
  },
} as const satisfies Record<string, ComponentFacts>;

export type Component = keyof typeof COMPONENT_FACTS;
export const COMPONENTS = Object.keys(COMPONENT_FACTS) as readonly Component[];

const facts = (component: Component): ComponentFacts => COMPONENT_FACTS[component];

/** The name of a component in our own queries; no table has such a column, so that an alias never shadows one. */
export const columnOf = (component: Component) => COLUMN[component];
const COLUMN = Object.fromEntries(COMPONENTS.map((component) => [component, `sum_${component}`])) as Readonly<Record<Component, string>>;

interface Summed {
  readonly shape: SourceShape;
  readonly sign: 1 | -1;
  /** What is asked of usage or of the cost by meter; the other meters may be left out. */
  readonly meters: readonly Meter[];
  /** A sum of each of these buckets, as a list. */
  readonly buckets?: Buckets | undefined;
}

/** From `fromMs` on, each of `stepMs`, up to `toMs`. */
export interface Buckets {
  readonly fromMs: number;
  readonly toMs: number;
  readonly stepMs: number;
}

/** `sum(calls) AS sum_calls`, over the rows of one table. */
export function sumSql(component: Component, { shape, sign, meters, buckets }: Summed): string {
  const { sql: shapes, kind } = facts(component);
  const sum = shapes[shape];
  if (sum === undefined) throw new TypeError(`${shape} rows cannot tell ${component}`);
  const sql = typeof sum === 'string' ? sum : sum(meters);
  return `${signed(buckets ? inBuckets(sql, buckets) : sql, sign, kind === 'map')} AS ${columnOf(component)}`;
}

/** Such sums alone can be asked for as a list of buckets. */
const PLAIN_SUM = /^sum\((\w+)\)$/;
export const isPlainSum = (component: Component) =>
  Object.values(facts(component).sql).every((sql) => typeof sql === 'string' && PLAIN_SUM.test(sql));

const inBuckets = (sum: string, { fromMs, toMs, stepMs }: Buckets) =>
  sum.replace(PLAIN_SUM, `sumResample(${fromMs / 1000}, ${toMs / 1000}, ${stepMs / 1000})($1, toUnixTimestamp(time))`);

/** A sum, or what is taken off one. */
export function signed(sql: string, sign: 1 | -1, isMap: boolean): string {
  if (sign === 1) return sql;
  return isMap ? `mapApply((key, value) -> (key, -value), ${sql})` : `-(${sql})`;
}

/** Adds up what the tables said, under the same name. */
export function mergeSql(component: Component): string {
  const column = columnOf(component);
  return `${sumOf(component)}(parts.${column}) AS ${column}`;
}

export const sumOf = (component: Component) => (facts(component).kind === 'map' ? 'sumMap' : 'sum');

/** True where the component of a group is more than nothing. What was taken back is left in a map as 0. */
export function isSomethingSql(component: Component): string {
  const column = columnOf(component);
  return facts(component).kind === 'map' ? `arrayExists(value -> value != 0, mapValues(${column}))` : `${column} != 0`;
}
