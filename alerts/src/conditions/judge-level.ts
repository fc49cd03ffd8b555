import { setTimeout as sleep } from 'node:timers/promises';
import { type Sensitivity, type Surprise, surprises } from '../detector/detect.ts';
import { crowdsOf, type Crowd } from '../detector/growth.ts';
import type { Question, RuleWith } from './finding.ts';
import { keyOf, parentOf, PART, readSeries, type Series, toFloat, type Window } from './series.ts';
import type { Suspect } from './unexplained.ts';
import { baselineOf, lately, learnDue, type Watch } from './watch.ts';

/** The series of a rule as one of its groupings has them, and what is surprising in each. */
export interface Level {
  /** Grouped as this level is. */
  readonly rule: RuleWith<'anomaly'>;
  /** `undefined` while the past is still being read. */
  readonly watch: Watch | undefined;
  readonly judged: readonly Judged[];
}

export interface Judged extends Series {
  readonly key: string;
  /** Of all features with the same labels otherwise. */
  readonly parent: string;
  /** `undefined`: what is normal is not known. */
  readonly found?: readonly Surprise[] | undefined;
  readonly restated?: (...prices: Parameters<Suspect['restate']>) => readonly Surprise[];
  readonly isSmall: boolean;
  /** False while others are learned first. */
  readonly isKnown: boolean;
}

const LEARNED_AT_ONCE = 100;
/** Other rules do not wait for the four weeks that this one must read first. */
const PATIENCE_MS = 1_500;

export const hasParts = ({ group_by: groupBy }: RuleWith<'anomaly'>) => !groupBy.includes(PART);

/** An incident is usually in one thing: a rule that does not tell features apart looks at each of them as well. */
export const levelsOf = (rule: RuleWith<'anomaly'>): readonly RuleWith<'anomaly'>[] =>
  hasParts(rule) ? [rule, { ...rule, group_by: [...rule.group_by, PART] }] : [rule];

export async function judgeLevel(
  rule: RuleWith<'anomaly'>,
  question: Question,
  { newest, sensitivity }: { readonly newest: Window; readonly sensitivity: Sensitivity },
): Promise<Level> {
  const { reader, watches, learnAtOnce = LEARNED_AT_ONCE, patienceMs = PATIENCE_MS } = question;
  const [watch, series] = await Promise.all([inTime(watches.of(rule, question, newest.to), patienceMs), readSeries(reader, rule, newest)]);
  const keyed = series.map((each) => {
    const key = keyOf(each.labels);
    const watched = watch?.series.get(key);
    const cost = toFloat(each.value);
    // A series that spent less than the floor in all windows together cannot exceed anything by the floor.
    const isSmall = cost + (watched ? lately(watched) : 0) < sensitivity.impact;
    return { ...each, key, parent: parentOf(each.labels), watched, cost, isSmall };
  });
  if (!watch) return { rule, watch, judged: keyed.map((each) => ({ ...each, isKnown: false })) };
  learnDue(
    watch,
    keyed.filter((each) => !each.isSmall),
    learnAtOnce,
  );
  const judged = keyed.map(({ watched, ...each }): Judged => {
    if (each.isSmall) return { ...each, found: [], isKnown: true };
    const baseline = watched && baselineOf(watch, watched);
    const isKnown = !watched || watched.learned !== undefined;
    if (!baseline) return { ...each, isKnown };
    const now = { startMs: newest.from, calls: each.calls, cost: each.cost };
    return {
      ...each,
      isKnown,
      found: surprises(baseline, now),
      restated: (priced, priceIndex) => surprises(priced(baseline), now, priceIndex),
    };
  });
  return { rule, watch, judged };
}

/** By the rhythms of the features that are looked at, for each parent; made when it is asked for. */
export function crowdsIn(judged: readonly Judged[]): (parent: string) => ReadonlyMap<number, Crowd> {
  const families = Map.groupBy(judged, ({ parent }) => parent);
  const known = new Map<string, ReadonlyMap<number, Crowd>>();
  return (parent) => {
    const crowds = known.get(parent) ?? crowdsOf((families.get(parent) ?? []).map(({ found = [] }) => found));
    known.set(parent, crowds);
    return crowds;
  };
}

/** `undefined` when it is not there yet; it goes on. */
async function inTime<Value>(value: Promise<Value>, mostMs: number): Promise<Value | undefined> {
  if (mostMs === Number.POSITIVE_INFINITY) return value;
  const abort = new AbortController();
  const late = sleep(mostMs, undefined, { signal: abort.signal, ref: false }).catch(() => undefined);
  return Promise.race([value, late]).finally(() => abort.abort());
}
