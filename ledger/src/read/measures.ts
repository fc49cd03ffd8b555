import {
  divideRounded,
  meterFacts,
  METERS,
  TOKEN_METERS,
  type Meter,
  type MeterSide,
  type MeterUnit,
  type PicoUsd,
} from '@tokenledger/model';
import { columnOf, type Component } from './components.ts';
import type { Sums } from './sums.ts';
import { quantile, quantileBucket, secondsOf } from './histogram.ts';

/** Money as pico-USD, everything else as a number; `null` is unknown. */
export type MeasureValue = PicoUsd | number | null;

export interface Measure {
  readonly unit: 'usd' | 'call' | 'ratio' | 'ms' | 'tokens_per_second' | MeterUnit;
  readonly description: string;
  /** The sums it is made of, beside `calls`, `unpriced_calls` and `cost`, which are always there. */
  readonly needs: readonly Component[];
  /** Those it needs of `usage` or `cost_by_meter`. */
  readonly meters?: readonly Meter[];
  /** Orders groups by this measure, over the merged components … */
  readonly order: string;
  /** … and is true of the groups where it is unknown, which come last either way. */
  readonly unknown?: string;
  readonly value: (sums: Sums) => MeasureValue;
  /** What `order` and `unknown` say, where that is not the value. */
  readonly rank?: (sums: Sums) => number | null;
}

type Named = readonly [name: string, measure: Measure];

const CACHED_INPUT: readonly Meter[] = ['cache_read', 'audio_cache_read', 'image_cache_read'];
const bySide = (side: MeterSide) => TOKEN_METERS.filter((meter) => meterFacts(meter).side === side);

const addUp = (meters: readonly Meter[]) => (sums: Sums) => meters.reduce((total, meter) => total + (sums.usage.get(meter) ?? 0), 0);
const addUpSql = (meters: readonly Meter[]) => meters.map((meter) => `${columnOf('usage')}['${meter}']`).join(' + ');
const ratio = (part: number, whole: number) => (whole === 0 ? null : part / whole);
/** What puts nothing out has no speed. */
const speed = (tokens: number, seconds: number) => (tokens === 0 ? null : ratio(tokens, seconds));
/** How groups are ordered by a quotient, and where it has none. */
const ratioOrder = (part: string, whole: string) => ({
  order: `toFloat64(${part}) / toFloat64(${whole})`,
  unknown: `${whole} = 0`,
});

/** A group whose every call is unpriced has no known cost; one with some unpriced calls has the cost of the others. */
function knownCost(amount: PicoUsd, sums: Sums): PicoUsd | null {
  return sums.calls > 0 && sums.unpriced_calls >= sums.calls ? null : amount;
}

const KNOWN_COST = { unknown: `${columnOf('calls')} > 0 AND ${columnOf('unpriced_calls')} >= ${columnOf('calls')}` } as const;

function count(name: Component & ('calls' | 'unpriced_calls' | 'requests' | 'errors' | 'estimated_calls'), description: string): Named {
  return [name, { unit: 'call', description, needs: [name], order: columnOf(name), value: (sums) => sums[name] }];
}

/** Money that adds up. */
function money(name: string, parts: readonly MoneyComponent[], description: string): Named {
  const value = (sums: Sums) =>
    knownCost(
      parts.reduce((total, part) => total + sums[part], 0n),
      sums,
    );
  return [name, { unit: 'usd', description, needs: parts, order: parts.map(columnOf).join(' + '), ...KNOWN_COST, value }];
}

type MoneyComponent = 'failed_cost' | 'retryable_cost' | 'aborted_cost' | 'cache_savings';

function tokens(name: string, meters: readonly Meter[], description: string): Named {
  return [name, { unit: 'token', description, needs: ['usage'], meters, order: addUpSql(meters), value: addUp(meters) }];
}

function share(name: string, part: readonly Meter[], whole: readonly Meter[], description: string): Named {
  const value = (sums: Sums) => ratio(addUp(part)(sums), addUp(whole)(sums));
  const order = ratioOrder(`(${addUpSql(part)})`, `(${addUpSql(whole)})`);
  return [name, { unit: 'ratio', description, needs: ['usage'], meters: [...part, ...whole], ...order, value }];
}

function countShare(
  name: string,
  part: 'errors' | 'unpriced_calls' | 'estimated_calls',
  whole: 'calls' | 'requests',
  description: string,
): Named {
  const value = (sums: Sums) => ratio(sums[part], sums[whole]);
  return [name, { unit: 'ratio', description, needs: [part, whole], ...ratioOrder(columnOf(part), columnOf(whole)), value }];
}

const QUANTILES = [50, 95, 99] as const;

function percentiles(component: 'latency' | 'ttft', what: string): readonly Named[] {
  return QUANTILES.map((percent) => [
    `${component}_p${percent}`,
    {
      unit: 'ms',
      description: `${percent}th percentile of ${what}, from a histogram with 8 buckets per doubling (at most 9 % off)`,
      needs: [component],
      order: quantileBucketSql(columnOf(component), percent / 100),
      unknown: `empty(${columnOf(component)})`,
      value: (sums) => quantile(sums[component], percent / 100),
      rank: (sums) => quantileBucket(sums[component], percent / 100),
    },
  ]);
}

/** The bucket that holds the quantile. */
function quantileBucketSql(map: string, q: number): string {
  const below = `arrayCumSum(mapValues(${map}))`;
  return `arrayFirst((bucket, below) -> below >= ${q} * arraySum(mapValues(${map})), mapKeys(${map}), ${below})`;
}

const secondsSql = (map: string) =>
  `arraySum((bucket, calls) -> calls * exp2((bucket - 0.5) / 8), mapKeys(${map}), mapValues(${map})) / 1000`;

const INPUT = bySide('input');
const OUTPUT = bySide('output');

const GENERAL: readonly Named[] = [
  [
    'cost',
    {
      unit: 'usd',
      description: 'what the calls cost; null where no call of the group has a price',
      needs: [],
      order: columnOf('cost'),
      ...KNOWN_COST,
      value: (sums) => knownCost(sums.cost, sums),
    },
  ],
  count('calls', 'billable calls'),
  count('requests', 'requests to a provider: billable calls and requests that failed without usage'),
  count('errors', 'requests that failed, billed or not'),
  countShare('error_rate', 'errors', 'requests', 'failed requests / requests'),
  count('unpriced_calls', 'billable calls whose price is not known; they are in calls, but not in cost'),
  countShare('unpriced_share', 'unpriced_calls', 'calls', 'unpriced calls / calls'),
  count('estimated_calls', 'billable calls whose usage is an estimate'),
  countShare('estimated_share', 'estimated_calls', 'calls', 'estimated calls / calls'),
  [
    'cost_per_call',
    {
      unit: 'usd',
      description: 'cost / priced calls',
      needs: [],
      ...ratioOrder(columnOf('cost'), `(${columnOf('calls')} - ${columnOf('unpriced_calls')})`),
      value: (sums) => {
        const priced = sums.calls - sums.unpriced_calls;
        return priced > 0 ? divideRounded(sums.cost, BigInt(priced)) : null;
      },
    },
  ],
  money(
    'waste',
    ['failed_cost', 'retryable_cost', 'aborted_cost'],
    'cost of calls whose answer nobody used: waste_failed + waste_retryable + waste_aborted',
  ),
  money('waste_failed', ['failed_cost'], 'cost of calls that failed for good: a request refused outright costs nothing'),
  money(
    'waste_retryable',
    ['retryable_cost'],
    'cost of calls that failed in a way after which clients try again: timeouts, limits, overload',
  ),
  money('waste_aborted', ['aborted_cost'], 'cost of calls whose app hung up before the end'),
  money(
    'cache_savings',
    ['cache_savings'],
    "an estimate, part of no bill: what cached input would have cost more at its model's plain input price, less what writing the cache cost; negative where caching did not pay",
  ),
  tokens('tokens', TOKEN_METERS, 'all tokens'),
  tokens('input_tokens', INPUT, 'input tokens, cached and cache-written ones included'),
  tokens('output_tokens', OUTPUT, 'output tokens, reasoning included'),
  share('cache_read_share', CACHED_INPUT, INPUT, 'input tokens read from a cache / input tokens'),
  share('reasoning_share', ['reasoning'], OUTPUT, 'reasoning tokens / output tokens'),
  ...percentiles('latency', 'the duration of a call'),
  [
    'output_tokens_per_second',
    {
      unit: 'tokens_per_second',
      description: 'output tokens / the time that calls took, which is known to 5 %; null where nothing was put out, as of embeddings',
      needs: ['usage', 'latency'],
      meters: OUTPUT,
      order: `toFloat64(${addUpSql(OUTPUT)}) / toFloat64(${secondsSql(columnOf('latency'))})`,
      unknown: `${secondsSql(columnOf('latency'))} = 0 OR (${addUpSql(OUTPUT)}) = 0`,
      value: (sums) => speed(addUp(OUTPUT)(sums), secondsOf(sums.latency)),
    },
  ],
  ...percentiles('ttft', 'the time to the first token'),
];

/** The measure `requests` is every request, not the meter of that name: of a fee per request only the cost can be asked. */
const QUANTITIES: readonly Named[] = METERS.filter((meter) => meter !== 'requests').map((meter) => [
  meter,
  {
    unit: meterFacts(meter).unit,
    description: `quantity of the meter ${meter}`,
    needs: ['usage'],
    meters: [meter],
    order: addUpSql([meter]),
    value: addUp([meter]),
  },
]);

const COSTS: readonly Named[] = METERS.map((meter) => [
  `cost_${meter}`,
  {
    unit: 'usd',
    description: `cost of the meter ${meter}`,
    needs: ['cost_by_meter'],
    meters: [meter],
    order: `${columnOf('cost_by_meter')}['${meter}']`,
    ...KNOWN_COST,
    value: (sums) => knownCost(sums.cost_by_meter.get(meter) ?? 0n, sums),
  },
]);

/** All that can be asked of spend. */
export const MEASURES: ReadonlyMap<string, Measure> = new Map([...GENERAL, ...QUANTITIES, ...COSTS]);

/** @throws TypeError for a name that is not in `MEASURES`; callers check first */
export function measureOf(name: string): Measure {
  const measure = MEASURES.get(name);
  if (!measure) throw new TypeError(`there is no measure ${name}`);
  return measure;
}
