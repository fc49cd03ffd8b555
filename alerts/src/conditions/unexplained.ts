import { type Baseline, learn } from '../detector/baseline.ts';
import { impactOf, recentOf, type Sensitivity, type Surprise } from '../detector/detect.ts';
import type { Spent } from '../detector/effects.ts';
import { ordinaryCause, type OthersOf } from '../detector/ordinary.ts';
import { recurs } from '../detector/recurs.ts';
import type { Question, RuleWith } from './finding.ts';
import { atUsualPrices, PRICED_DAYS, priceIndex } from '../detector/prices.ts';
import { DAY_MS, HOUR_MS, WEEK_MS } from './period.ts';
import { keyOf, type Labels, labelsOf, scopeOf, type Window } from './series.ts';
import type { Watch } from './watch.ts';
import { filtersForAll, NOTHING_SPENT, ordinaryStretch, readSpentOf } from './why.ts';

export interface Suspect {
  readonly labels: Labels;
  /** Something of it is large in every respect, or may be so at a lower price. */
  readonly found: readonly Surprise[];
  /** The same at other prices, those that are large in every respect, the most surprising first. */
  readonly restate: Restate;
  readonly sensitivity: Sensitivity;
  readonly othersOf: OthersOf;
  readonly isOneFeature: boolean;
}

/** What is surprising when the expectation is made at the usual prices and each window is compared at its own. */
type Restate = (
  atUsualPrices: (baseline: Baseline) => Baseline,
  priceIndex: (sinceMs: number) => number,
) => { readonly found: readonly Surprise[]; readonly large: readonly Surprise[] };

/** A surprise that nothing ordinary explains; `later`: too many at once, it is looked at in another round. */
export type Verdict = { readonly surprise: Surprise; readonly now: Spent; readonly usual: Spent } | 'later';

interface Case {
  readonly suspects: readonly Suspect[];
  readonly watch: Watch;
  readonly to: number;
}

/** The longest window that is looked at. */
const MOST_LOOKED_AT_MS = 2 * DAY_MS;
const LAST_DAYS = Array.from({ length: PRICED_DAYS }, (_, index) => PRICED_DAYS - index);
/** Long enough to have seen the last end of a month. */
const RECURRENCE_MS = 6 * WEEK_MS;
/** The past of so many series is read in one round, where it is not known yet. */
const MOST_PASTS = 50;

/**
 * Which suspects nothing ordinary explains. A thousand of them are asked about in as many reads as one: every window is read once, for
 * all series together.
 */
export async function unexplained(rule: RuleWith<'anomaly'>, question: Question, { suspects, watch, to }: Case) {
  const verdicts = new Map<string, Verdict>();
  if (suspects.length === 0) return verdicts;
  const { reader } = question;
  const all = suspects.map(({ labels }) => labels);
  const starts = [...new Set(suspects.flatMap(({ found }) => found.map(({ startMs }) => startMs)))];
  const stretch = ordinaryStretch({ from: to - MOST_LOOKED_AT_MS, to });
  const [, ...nows] = await Promise.all([
    readOrdinary(rule, question, { watch, labels: all, to }, stretch),
    ...starts.map((from) => readSpentOf(reader, rule, all, { from, to })),
  ]);
  const strange = suspects.flatMap(({ labels, restate, sensitivity, othersOf, isOneFeature }) => {
    const key = keyOf(labels);
    const { usual = NOTHING_SPENT, lastDays = [] } = watch.series.get(key)?.ordinary ?? {};
    const nowSince = (startMs: number) => nows[starts.indexOf(startMs)]?.get(key) ?? NOTHING_SPENT;
    const { found, large } = restate(
      (baseline) => atUsualPrices(baseline, usual, lastDays),
      (since) => priceIndex(nowSince(since), usual),
    );
    const left = large.flatMap((surprise) => {
      const now = nowSince(surprise.startMs);
      const recent = recentOf(surprise, found);
      const evidence = {
        now,
        lately: nowSince(recent.startMs),
        usual,
        usualMs: stretch.to - stretch.from,
        lastDays,
        toMs: to,
        othersOf,
        isOneFeature,
      };
      return ordinaryCause(surprise, recent, sensitivity, evidence)
        ? []
        : [{ surprise, now, usual, circumstances: { toMs: to, priceIndex: priceIndex(now, usual), recent } }];
    });
    return left.length > 0 ? [{ key, labels, left, impact: Math.max(...left.map(({ surprise }) => impactOf(surprise))) }] : [];
  });
  const byImpact = strange.toSorted((a, b) => b.impact - a.impact);
  await readPasts(rule, question, { watch, labels: byImpact.map(({ labels }) => labels), to });
  for (const { key, left } of byImpact) {
    const past = watch.series.get(key)?.past;
    const found = past && left.find(({ surprise, circumstances }) => !past.baseline || !recurs(surprise, past.baseline, circumstances));
    if (!past) verdicts.set(key, 'later');
    else if (found) verdicts.set(key, found);
  }
  return verdicts;
}

interface Asked {
  readonly watch: Watch;
  readonly labels: readonly Labels[];
  readonly to: number;
}

async function readOrdinary(rule: RuleWith<'anomaly'>, { reader }: Question, { watch, labels, to }: Asked, stretch: Window): Promise<void> {
  const unread = labels.filter((each) => watch.series.get(keyOf(each))?.ordinary?.atMs !== watch.untilMs);
  if (unread.length === 0) return;
  const read = (window: Window) => readSpentOf(reader, rule, unread, window);
  const [usuals, ...days] = await Promise.all([
    read(stretch),
    ...LAST_DAYS.map((day) => read({ from: to - day * DAY_MS, to: to - (day - 1) * DAY_MS })),
  ]);
  for (const key of unread.map(keyOf)) {
    const watched = watch.series.get(key);
    const of = (spent: ReadonlyMap<string, Spent>) => spent.get(key) ?? NOTHING_SPENT;
    if (watched) watched.ordinary = { atMs: watch.untilMs, usual: of(usuals), lastDays: days.map(of) };
  }
}

/** By the hour, for what happens once a week or once a month. */
async function readPasts(rule: RuleWith<'anomaly'>, { reader }: Question, { watch, labels, to }: Asked): Promise<void> {
  const untilMs = Math.floor(to / HOUR_MS) * HOUR_MS;
  const unread = labels.filter((each) => watch.series.get(keyOf(each))?.past?.atMs !== untilMs).slice(0, MOST_PASTS);
  if (unread.length === 0) return;
  const startMs = untilMs - RECURRENCE_MS;
  const range = { from: startMs, to: untilMs, stepMs: HOUR_MS };
  const found = await reader.histories({ ...scopeOf(rule), ...range, filters: filtersForAll(rule, unread) });
  const histories = new Map(found.map((each) => [keyOf(labelsOf(rule.group_by, each.dimensions)), each]));
  for (const key of unread.map(keyOf)) {
    const watched = watch.series.get(key);
    const history = histories.get(key);
    const baseline: Baseline | undefined = history && learn({ startMs, stepMs: HOUR_MS, calls: history.calls, cost: history.cost });
    if (watched) watched.past = { atMs: untilMs, baseline };
  }
}
