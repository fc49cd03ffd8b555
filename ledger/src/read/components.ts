import { isMeter, type Meter, type PicoUsd } from '@tokenledger/model';
import { toMoney } from '../stored-call.ts';
import type { SourceShape } from './sources.ts';

/**
 * The sums that measures are made of. Each adds up over any split of the entries, by time, by dimension or by table, which is
 * why a range can be answered from several tables at once.
 */
interface ComponentFacts {
  /** Sums of one group, per shape of table. A shape that is absent cannot tell. */
  readonly sql: Readonly<Partial<Record<SourceShape, string>>>;
  readonly kind: 'number' | 'map';
}

const USAGE_MAP = 'Map(String, Decimal(38, 6))';
const COST_MAP = 'Map(String, Decimal(38, 12))';
const HISTOGRAM = 'Map(UInt8, Int64)';

/** The bucket of the rollups' histograms, as the first migration defines it: bucket b is at most 2^(b/8) ms. */
const bucketOf = (column: string) => `toUInt8(least(255, ceil(8 * log2(greatest(1, toFloat64(ifNull(${column}, 0)))))))`;

const COMPONENT_FACTS = {
  calls: { kind: 'number', sql: { entries: 'sum(delta_calls)', usage: 'sum(calls)', user: 'sum(calls)' } },
  unpriced_calls: {
    kind: 'number',
    sql: { entries: 'sum(delta_unpriced_calls)', usage: 'sum(unpriced_calls)', user: 'sum(unpriced_calls)' },
  },
  requests: { kind: 'number', sql: { entries: 'sum(delta_requests)', usage: 'sum(requests)', user: 'sum(requests)' } },
  errors: { kind: 'number', sql: { entries: 'sum(delta_errors)', usage: 'sum(errors)', user: 'sum(errors)' } },
  estimated_calls: { kind: 'number', sql: { entries: 'sumIf(delta_calls, estimated)', usage: 'sumIf(calls, estimated)' } },
  cost: { kind: 'number', sql: { entries: 'sum(delta_cost)', usage: 'sum(cost)', user: 'sum(cost)' } },
  waste: {
    kind: 'number',
    sql: { entries: `sumIf(delta_cost, status = 'error')`, usage: `sumIf(cost, status = 'error')` },
  },
  usage: {
    kind: 'map',
    sql: { entries: `CAST(sumMap(delta_usage), '${USAGE_MAP}')`, usage: 'sumMap(usage)', user: 'sumMap(usage)' },
  },
  cost_by_meter: {
    kind: 'map',
    sql: { entries: `CAST(sumMap(delta_cost_by_meter), '${COST_MAP}')`, usage: 'sumMap(cost_by_meter)' },
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
export const columnOf = (component: Component) => `sum_${component}`;

/** `sum(calls) AS sum_calls`, over the rows of one table. */
export function sumSql(component: Component, shape: SourceShape): string {
  const sql = facts(component).sql[shape];
  if (sql === undefined) throw new TypeError(`${shape} rows cannot tell ${component}`);
  return `${sql} AS ${columnOf(component)}`;
}

/** Adds up what the tables said, under the same name. */
export function mergeSql(component: Component): string {
  const column = columnOf(component);
  return `${facts(component).kind === 'map' ? 'sumMap' : 'sum'}(parts.${column}) AS ${column}`;
}

/** True where the component of a group is more than nothing. A `sumMap` has dropped its zeros. */
export function isSomethingSql(component: Component): string {
  return facts(component).kind === 'map' ? `notEmpty(${columnOf(component)})` : `${columnOf(component)} != 0`;
}

/** Calls per histogram bucket, ascending. */
export type Histogram = ReadonlyMap<number, number>;

/** The components of one group, decoded. One that was not asked for is empty. */
export interface Sums {
  readonly calls: number;
  readonly unpriced_calls: number;
  readonly requests: number;
  readonly errors: number;
  readonly estimated_calls: number;
  readonly cost: PicoUsd;
  readonly waste: PicoUsd;
  readonly usage: ReadonlyMap<Meter, number>;
  readonly cost_by_meter: ReadonlyMap<Meter, PicoUsd>;
  readonly latency: Histogram;
  readonly ttft: Histogram;
}

export const NOTHING: Sums = {
  calls: 0,
  unpriced_calls: 0,
  requests: 0,
  errors: 0,
  estimated_calls: 0,
  cost: 0n,
  waste: 0n,
  usage: new Map(),
  cost_by_meter: new Map(),
  latency: new Map(),
  ttft: new Map(),
};

/** One row of a spend query: numbers and decimals as text, maps as objects of such. */
export type SumsRow = Readonly<Record<string, unknown>>;

export function decodeSums(row: SumsRow): Sums {
  const column = (component: Component) => row[columnOf(component)];
  return {
    calls: Number(column('calls') ?? 0),
    unpriced_calls: Number(column('unpriced_calls') ?? 0),
    requests: Number(column('requests') ?? 0),
    errors: Number(column('errors') ?? 0),
    estimated_calls: Number(column('estimated_calls') ?? 0),
    cost: decodeUsd(column('cost')),
    waste: decodeUsd(column('waste')),
    usage: decodeMeters(column('usage'), Number),
    cost_by_meter: decodeMeters(column('cost_by_meter'), decodeUsd),
    latency: decodeHistogram(column('latency')),
    ttft: decodeHistogram(column('ttft')),
  };
}

const decodeUsd = (decimal: unknown) => toMoney(typeof decimal === 'string' ? decimal : '0');

function decodeMeters<T>(map: unknown, decode: (text: unknown) => T): ReadonlyMap<Meter, T> {
  const entries = Object.entries(map ?? {}) as [string, unknown][];
  return new Map(entries.flatMap(([name, value]) => (isMeter(name) ? [[name, decode(value)] as const] : [])));
}

function decodeHistogram(map: unknown): Histogram {
  const entries = Object.entries(map ?? {}).map(([bucket, calls]) => [Number(bucket), Number(calls)] as const);
  return new Map(entries.filter(([, calls]) => calls > 0).sort(([a], [b]) => a - b));
}
