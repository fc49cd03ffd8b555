import type { MeasureValue, SpendRow, TenantReader } from '@tokenledger/ledger';
import { type Dimension, DIMENSIONS, METERS } from '@tokenledger/model';
import type { Kind } from '../detector/detect.ts';
import { type Effects, effectsOf, mainReason, type Spent } from '../detector/effects.ts';
import type { Rule } from '../rule.ts';
import { showUsd } from '../show.ts';
import { DAY_MS } from './period.ts';
import { keyOf, type Labels, labelsOf, scopeOf, toFloat, type Window } from './series.ts';

/** An ordinary stretch: before anything that a lasting incident could have changed. */
const USUAL_FROM_MS = 14 * DAY_MS;
const USUAL_TO_MS = 4 * DAY_MS;

interface Deviation {
  readonly labels: Labels;
  readonly window: Window;
  /** What it is compared with; default an ordinary stretch of the last two weeks. */
  readonly usual?: Window;
  /** Default what was spent in the usual stretch. */
  readonly expectedUsd?: number;
}

/** Which of requests, tokens per request, mix and price made the window cost other than expected. */
export async function readEffects(
  reader: TenantReader,
  rule: Rule,
  { labels, window, usual = ordinaryStretch(window), expectedUsd }: Deviation,
): Promise<Effects | undefined> {
  const [now, before] = await Promise.all([readSpent(reader, rule, labels, window), readSpent(reader, rule, labels, usual)]);
  return effectsOf(now, before, expectedUsd ?? before.cost);
}

export const ordinaryStretch = ({ from, to }: Window): Window => ({ from: to - USUAL_FROM_MS, to: Math.min(from, to - USUAL_TO_MS) });

export async function readSpent(reader: TenantReader, rule: Rule, labels: Labels, window: Window): Promise<Spent> {
  const found = await readSpentOf(reader, { ...rule, group_by: [], filters: filtersFor(rule, labels) }, [labels], window);
  return [...found.values()][0] ?? NOTHING_SPENT;
}

export const NOTHING_SPENT: Spent = { calls: 0, cost: 0, parts: [], callsByFeature: new Map() };

const MOST_ROWS = 50_000;
/** More values are not named one by one: then everything is read. */
const MOST_NAMED = 200;
const SPLIT = ['provider', 'model', 'feature'] as const;

/** What was used and paid by feature, model and meter in a window, for many series of a rule in one read. */
export async function readSpentOf(
  reader: TenantReader,
  rule: Rule,
  series: readonly Labels[],
  window: Window,
): Promise<ReadonlyMap<string, Spent>> {
  const { rows } = await reader.spend({
    ...window,
    interval: 'none',
    groupBy: [...new Set([...rule.group_by, ...SPLIT])],
    filters: filtersForAll(rule, series),
    measures: ['calls', 'cost', ...METERS, ...METERS.map((meter) => `cost_${meter}`)],
    limit: MOST_ROWS,
  });
  const groups = Map.groupBy(rows, ({ dimensions }) => keyOf(labelsOf(rule.group_by, dimensions)));
  return new Map([...groups].map(([key, own]) => [key, spentIn(own)]));
}

function spentIn(rows: readonly SpendRow[]): Spent {
  const all = (measure: string) => rows.reduce((sum, { measures }) => sum + toFloat(measures[measure] ?? null), 0);
  const callsByFeature = new Map<string, number>();
  for (const { dimensions, measures } of rows) {
    const feature = dimensions.feature ?? '';
    callsByFeature.set(feature, (callsByFeature.get(feature) ?? 0) + Number(measures['calls'] ?? 0));
  }
  return {
    calls: all('calls'),
    cost: all('cost'),
    callsByFeature,
    parts: rows.flatMap(({ dimensions, measures }) =>
      METERS.flatMap((meter) => {
        const quantity = toFloat(measures[meter] ?? null);
        const cost = toFloat(measures[`cost_${meter}`] ?? null);
        const { feature, provider, model } = dimensions;
        return quantity > 0 ? [{ feature: feature ?? '', model: `${provider ?? ''} ${model ?? ''}`, meter, quantity, cost }] : [];
      }),
    ),
  };
}

/** Each dimension narrowed to what it is in any of the series. */
export function filtersForAll(rule: Rule, series: readonly Labels[]) {
  const named =
    series.length > MOST_NAMED ? [] : rule.group_by.map((name) => [name, [...new Set(series.map((labels) => labels[name] ?? ''))]]);
  return { ...scopeOf(rule).filters, ...Object.fromEntries(named) };
}

/** One series of a rule, as filters. */
export const filtersFor = (rule: Rule, labels: Labels) => ({
  ...scopeOf(rule).filters,
  ...Object.fromEntries(rule.group_by.map((name) => [name, [labels[name] ?? '']])),
});

const SAID: readonly (readonly [keyof Effects, string])[] = [
  ['requests', 'number of requests'],
  ['input', 'input tokens per request'],
  ['output', 'output tokens per request'],
  ['reasoning', 'reasoning tokens per request'],
  ['cache', 'less of the input from the cache'],
  ['model', 'dearer models'],
  ['other', 'other meters per request'],
  ['price', 'price per unit'],
];

/**
 * `+$12.30 number of requests, +$1.10 output tokens per request`: the main reason comes first, then what added the most;
 * trifles are left out.
 */
export function sayWhy(effects: Effects, kind?: Kind): string {
  const main = kind && mainReason(effects, kind);
  const largest = Math.max(...SAID.map(([name]) => Math.abs(effects[name])));
  return SAID.filter(([name]) => name === main || Math.abs(effects[name]) >= 0.1 * largest)
    .toSorted(([a], [b]) => Number(b === main) - Number(a === main) || effects[b] - effects[a])
    .map(([name, said]) => `${effects[name] >= 0 ? '+' : '-'}${showUsd(Math.abs(effects[name]))} ${said}`)
    .join(', ');
}

/** Where to look first: what an incident is usually in. */
const SUSPECTS: readonly Dimension[] = DIMENSIONS.filter((name) =>
  ['team', 'feature', 'agent', 'customer', 'user', 'model', 'service', 'run'].includes(name),
);

interface Contributor {
  readonly dimension: Dimension;
  readonly value: string | null;
  readonly delta: number;
}

/** The values of dimensions that added most against the same window a week before, one per dimension, largest first. */
export async function readContributors(reader: TenantReader, rule: Rule, labels: Labels, window: Window): Promise<readonly string[]> {
  const suspects = SUSPECTS.filter((name) => !rule.group_by.includes(name));
  const found = await Promise.all(suspects.map((dimension) => largestDelta(reader, rule, { labels, window, dimension })));
  return found
    .flatMap((each) => (each && each.delta > 0 ? [each] : []))
    .toSorted((a, b) => b.delta - a.delta)
    .slice(0, 5)
    .map(({ dimension, value, delta }) => `${dimension}=${value ?? '(none)'} +${showUsd(delta)}`);
}

async function largestDelta(
  reader: TenantReader,
  rule: Rule,
  { labels, window, dimension }: { readonly labels: Labels; readonly window: Window; readonly dimension: Dimension },
): Promise<Contributor | undefined> {
  const ask = (shift: number) =>
    reader.spend({
      from: window.from - shift,
      to: window.to - shift,
      interval: 'none',
      groupBy: [dimension],
      filters: filtersFor(rule, labels),
      measures: ['cost'],
      limit: 100,
    });
  const [now, before] = await Promise.all([ask(0), ask(7 * DAY_MS)]);
  const old = new Map<string | null | undefined, MeasureValue>(
    before.rows.map(({ dimensions, measures }) => [dimensions[dimension], measures['cost'] ?? null]),
  );
  return now.rows
    .map(({ dimensions, measures }) => {
      const value = dimensions[dimension] ?? null;
      return { dimension, value, delta: toFloat(measures['cost'] ?? null) - toFloat(old.get(value) ?? null) };
    })
    .toSorted((a, b) => b.delta - a.delta)[0];
}
