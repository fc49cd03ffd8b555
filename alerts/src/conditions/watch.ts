import { type Baseline, extend, type History, learn, TAIL_BUCKETS } from '../detector/baseline.ts';
import type { Spent } from '../detector/effects.ts';
import type { TenantReader } from '@tokenledger/ledger';
import type { Rule } from '../rule.ts';
import { DAY_MS, HOUR_MS, WEEK_MS } from './period.ts';
import { keyOf, labelsOf, type Labels, parentOf, PART, scopeOf } from './series.ts';

/** One series as it was, and what was learned from it. */
export interface Watched {
  readonly labels: Labels;
  /** Oldest first, up to the last bucket that is over. */
  readonly calls: Float32Array;
  readonly cost: Float32Array;
  /** `undefined` was learned too: there is too little to know what is normal. */
  learned?: { readonly atMs: number; readonly baseline: Baseline | undefined };
  /** What was used and paid in an ordinary stretch and in each of the last three days; kept for a bucket. */
  ordinary?: { readonly atMs: number; readonly usual: Spent; readonly lastDays: readonly Spent[] };
  /** By the hour over more weeks, for what recurs; kept for an hour. */
  past?: { readonly atMs: number; readonly baseline: Baseline | undefined };
}

/** The series that an anomaly rule watches: those that spent the most. */
export interface Watch {
  readonly startMs: number;
  readonly stepMs: number;
  /** Where the last bucket ends. */
  readonly untilMs: number;
  /** When all of it was last read anew: prices of the past may have been corrected. */
  readonly readMs: number;
  readonly series: ReadonlyMap<string, Watched>;
}

/** Rules that ask the same share what is watched; it grows by what is new instead of being read again. */
export interface Watches {
  readonly of: (rule: Rule, question: { readonly tenant: string; readonly reader: TenantReader }, to: number) => Promise<Watch>;
}

const HISTORY_MS = 4 * WEEK_MS;
const REREAD_MS = DAY_MS;
/** What is normal changes slowly. */
const LEARN_MS = 2 * HOUR_MS;
/** Calls that arrive late still find their bucket. */
const LATE_MS = 2 * HOUR_MS;
/** Of one rule. */
const MOST_SERIES = 1000;
/** Of all rules: some 30 kB each. */
const MOST_KEPT = 10_000;

export function createWatches(): Watches {
  const kept = new Map<string, { readonly untilMs: number; readonly watch: Promise<Watch> }>();
  const sizes = new Map<string, number>();
  function forget(): void {
    for (const key of kept.keys()) {
      const total = [...sizes.values()].reduce((sum, size) => sum + size, 0);
      if (total <= MOST_KEPT || kept.size === 1) return;
      kept.delete(key);
      sizes.delete(key);
    }
  }
  return {
    of(rule, { tenant, reader }, to) {
      const key = JSON.stringify([tenant, rule.group_by, rule.filters, rule.window]);
      const untilMs = Math.floor(to / rule.window) * rule.window;
      const known = kept.get(key);
      if (known?.untilMs === untilMs) return known.watch;
      const watch = (async () => {
        // What could not be read is asked for again.
        const before = await known?.watch.catch(() => undefined);
        const isRecent = before && untilMs > before.untilMs && untilMs - before.readMs < REREAD_MS;
        return isRecent ? readNew(before, rule, reader, untilMs) : readAll(rule, reader, untilMs);
      })();
      // The least lately asked for is forgotten first.
      kept.delete(key);
      kept.set(key, { untilMs, watch });
      watch.then(
        ({ series }) => {
          sizes.set(key, series.size);
          forget();
        },
        () => kept.get(key)?.watch === watch && kept.delete(key),
      );
      return watch;
    },
  };
}

/** In portions: one read may take so long and no longer. */
const PORTION_MS = 2 * DAY_MS;

async function readAll(rule: Rule, reader: TenantReader, untilMs: number): Promise<Watch> {
  const stepMs = rule.window;
  const startMs = untilMs - HISTORY_MS;
  const buckets = HISTORY_MS / stepMs;
  const series = new Map<string, Watched>();
  for (let from = startMs; from < untilMs; from += PORTION_MS) {
    const portion = { from, to: Math.min(from + PORTION_MS, untilMs), stepMs, limit: 2 * MOST_SERIES };
    for (const { dimensions, calls, cost } of await reader.histories({ ...scopeOf(rule), ...portion })) {
      const labels = labelsOf(rule.group_by, dimensions);
      const key = keyOf(labels);
      const watched = series.get(key) ?? { labels, calls: new Float32Array(buckets), cost: new Float32Array(buckets) };
      watched.calls.set(calls, (from - startMs) / stepMs);
      watched.cost.set(cost, (from - startMs) / stepMs);
      series.set(key, watched);
    }
  }
  const dearest = [...series].toSorted(([, a], [, b]) => sum(b.cost) - sum(a.cost)).slice(0, MOST_SERIES);
  return { startMs, stepMs, untilMs, readMs: untilMs, series: new Map(dearest) };
}

const sum = (values: Float32Array) => values.reduce((total, value) => total + value, 0);

/** The last hours again and what came since; series that are new have no past. */
async function readNew(before: Watch, rule: Rule, reader: TenantReader, untilMs: number): Promise<Watch> {
  const { stepMs } = before;
  const from = Math.max(untilMs - HISTORY_MS, before.untilMs - LATE_MS);
  const found = await reader.histories({ ...scopeOf(rule), from, to: untilMs, stepMs });
  const news = new Map(found.map((each) => [keyOf(labelsOf(rule.group_by, each.dimensions)), each]));
  const buckets = HISTORY_MS / stepMs;
  const shift = (untilMs - before.untilMs) / stepMs;
  const renewed = (old: Float32Array | undefined, fresh: Float32Array | undefined) => {
    const values = new Float32Array(buckets);
    if (old) values.set(old.subarray(Math.min(shift, buckets)));
    values.fill(0, buckets - (untilMs - from) / stepMs);
    if (fresh) values.set(fresh, buckets - fresh.length);
    return values;
  };
  const room = Math.max(MOST_SERIES - before.series.size, 0);
  const strangers = [...news.keys()].filter((key) => !before.series.has(key)).slice(0, room);
  const series = [...before.series.keys(), ...strangers].flatMap((key): [string, Watched][] => {
    const [old, fresh] = [before.series.get(key), news.get(key)];
    const labels = old?.labels ?? (fresh && labelsOf(rule.group_by, fresh.dimensions));
    if (!labels) return [];
    const { learned, ordinary, past } = old ?? {};
    const facts = { ...(learned && { learned }), ...(ordinary && { ordinary }), ...(past && { past }) };
    return [
      [
        key,
        {
          labels,
          calls: renewed(old?.calls, fresh?.calls),
          cost: renewed(old?.cost, fresh?.cost),
          ...facts,
        },
      ],
    ];
  });
  return { ...before, startMs: untilMs - HISTORY_MS, untilMs, series: new Map(series) };
}

const isDue = ({ learned }: Watched, untilMs: number) => !learned || untilMs - learned.atMs >= LEARN_MS;

/**
 * Learns what is normal for at most so many series: those that nothing is known of first, of those the most expensive ones. The others
 * keep what was learned before; a series that was never looked at is still being learned.
 */
export function learnDue(
  { startMs, stepMs, untilMs, series }: Watch,
  wanted: readonly { readonly key: string; readonly cost: number }[],
  most: number,
): void {
  const due = wanted
    .flatMap(({ key, cost }) => {
      const watched = series.get(key);
      return watched && isDue(watched, untilMs) ? [{ watched, cost, knownMs: watched.learned?.atMs ?? 0 }] : [];
    })
    .toSorted((a, b) => a.knownMs - b.knownMs || b.cost - a.cost);
  for (const { watched } of due.slice(0, most)) {
    const { calls, cost, labels } = watched;
    const baseline = learn({ startMs, stepMs, calls, cost }, { knowsNothing: isStranger(labels, { series, stepMs }) });
    watched.learned = { atMs: untilMs, baseline: baseline && extend(baseline, tailOf({ stepMs, untilMs }, watched)) };
  }
}

/** Requests that say no feature beside others that have said theirs for a week: that there were none before is what is known of them. */
function isStranger(labels: Labels, { series, stepMs }: Pick<Watch, 'series' | 'stepMs'>): boolean {
  if (labels[PART] !== '') return false;
  const parent = parentOf(labels);
  const isKnown = ({ labels: own, calls }: Watched) =>
    own[PART] !== '' && parentOf(own) === parent && calls.subarray(0, -WEEK_MS / stepMs).some((count) => count > 0);
  return [...series.values()].some(isKnown);
}

/** What is normal for a series, with its last two days. `undefined` while that is not known. */
export function baselineOf(
  { stepMs, untilMs }: Pick<Watch, 'stepMs' | 'untilMs'>,
  { calls, cost, learned }: Watched,
): Baseline | undefined {
  return learned?.baseline && extend(learned.baseline, tailOf({ stepMs, untilMs }, { calls, cost }));
}

/** What was spent in all buckets that are looked at. */
export function lately(watched: Pick<Watched, 'cost'>): number {
  return sum(watched.cost.subarray(-TAIL_BUCKETS));
}

function tailOf({ stepMs, untilMs }: Pick<Watch, 'stepMs' | 'untilMs'>, { calls, cost }: Pick<Watched, 'calls' | 'cost'>): History {
  const count = Math.min(TAIL_BUCKETS, calls.length);
  return { startMs: untilMs - count * stepMs, stepMs, calls: calls.subarray(-count), cost: cost.subarray(-count) };
}
