import { isMeter, type Meter, type PicoUsd } from '@tokenledger/model';
import { toMoney } from '../stored-call.ts';
import type { BinaryRow } from './binary-rows.ts';
import { columnOf, COMPONENTS, type Component } from './components.ts';
import { decodeHistogram, type Histogram } from './histogram.ts';

/** What a component's sum is here: what it is of no rows, how a cell of an answer says it, and how such sums add up. */
interface Kind<Value> {
  readonly nothing: Value;
  decode(cell: unknown): Value;
  total(values: readonly Value[]): Value;
}

const COUNT: Kind<number> = {
  nothing: 0,
  decode: Number,
  total: (values) => values.reduce((sum, value) => sum + value, 0),
};

const MONEY: Kind<PicoUsd> = {
  nothing: 0n,
  decode: (decimal) => (typeof decimal === 'string' ? toMoney(decimal) : 0n),
  total: (values) => values.reduce((sum, value) => sum + value, 0n),
};

const QUANTITIES: Kind<ReadonlyMap<Meter, number>> = {
  nothing: new Map(),
  decode: (map) => decodeMeters(map, Number),
  /** Quantities have six decimals at most; what binary fractions add to that is no quantity. */
  total: (maps) => addMaps(maps, (a, b) => (Number.isInteger(a) && Number.isInteger(b) ? a + b : Number((a + b).toFixed(6)))),
};

const AMOUNTS: Kind<ReadonlyMap<Meter, PicoUsd>> = {
  nothing: new Map(),
  decode: (map) => decodeMeters(map, (amount) => MONEY.decode(amount)),
  total: (maps) => addMaps(maps, (a, b) => a + b),
};

const HISTOGRAM: Kind<Histogram> = {
  nothing: new Map(),
  decode: decodeHistogram,
  total: (histograms) => new Map([...addMaps(histograms, (a, b) => a + b)].sort(([a], [b]) => a - b)),
};

const KINDS = {
  calls: COUNT,
  unpriced_calls: COUNT,
  requests: COUNT,
  errors: COUNT,
  estimated_calls: COUNT,
  cost: MONEY,
  failed_cost: MONEY,
  retryable_cost: MONEY,
  aborted_cost: MONEY,
  cache_savings: MONEY,
  usage: QUANTITIES,
  cost_by_meter: AMOUNTS,
  latency: HISTOGRAM,
  ttft: HISTOGRAM,
} as const satisfies Readonly<Record<Component, Kind<unknown>>>;

/** The components of one group. One that was not asked for is nothing. */
export type Sums = { readonly [C in Component]: (typeof KINDS)[C]['nothing'] };

/** One row of a spend query: numbers and decimals as text, maps as objects of such. */
export type SumsRow = Readonly<Record<string, unknown>>;

/** Of these components; the others are nothing. */
function sumsOf(components: readonly Component[], valueOf: (component: Component, kind: Kind<unknown>) => unknown): Sums {
  const sums: Record<string, unknown> = { ...NOTHING };
  for (const component of components) sums[component] = valueOf(component, KINDS[component]);
  return sums as unknown as Sums;
}

export const NOTHING = Object.fromEntries(COMPONENTS.map((component) => [component, KINDS[component].nothing])) as unknown as Sums;

/** Of the components that were asked for. */
export const decodeSums = (row: SumsRow, components: readonly Component[] = COMPONENTS): Sums =>
  sumsOf(components, (component, kind) => {
    const cell = row[columnOf(component)];
    return cell === undefined ? kind.nothing : kind.decode(cell);
  });

/** Of a row that lists the numbers of each component: the sums at each place of the lists. */
export function listedSums(row: BinaryRow, components: readonly Component[]): readonly Sums[] {
  const lists = components.map((component) => ({ component, values: (row[columnOf(component)] ?? []) as readonly unknown[] }));
  return (lists[0]?.values ?? []).map((_, place) => {
    const sums: Record<string, unknown> = { ...NOTHING };
    for (const { component, values } of lists) sums[component] = values[place];
    return sums as unknown as Sums;
  });
}

/** Of these components alone. */
export const addSums = (all: readonly Sums[], components: readonly Component[]): Sums =>
  sumsOf(components, (component, kind) => kind.total(all.map((sums) => sums[component])));

function addMaps<K, V>(maps: readonly ReadonlyMap<K, V>[], add: (a: V, b: V) => V): ReadonlyMap<K, V> {
  const total = new Map<K, V>();
  for (const map of maps) {
    for (const [key, value] of map) {
      const before = total.get(key);
      total.set(key, before === undefined ? value : add(before, value));
    }
  }
  return total;
}

function decodeMeters<T>(map: unknown, decode: (text: unknown) => T): ReadonlyMap<Meter, T> {
  const entries = Object.entries(map ?? {}) as [string, unknown][];
  return new Map(entries.flatMap(([name, value]) => (isMeter(name) ? [[name, decode(value)] as const] : [])));
}
