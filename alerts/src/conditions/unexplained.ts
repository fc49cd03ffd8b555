import { type Baseline, learn } from '../detector/baseline.ts';
import { impactOf, type Sensitivity, type Surprise } from '../detector/detect.ts';
import type { Spent } from '../detector/effects.ts';
import { ordinaryCause, recurs } from '../detector/ordinary.ts';
import type { Question, RuleWith } from './finding.ts';
import { HOUR_MS, WEEK_MS } from './period.ts';
import { keyOf, type Labels, labelsOf, scopeOf } from './series.ts';
import type { Watch } from './watch.ts';
import { filtersForAll, NOTHING_SPENT, ordinaryStretch, readSpentOf } from './why.ts';

export interface Suspect {
  readonly labels: Labels;
  /** Windows that are large in every respect, the most surprising first. */
  readonly candidates: readonly Surprise[];
}

/** A surprise that nothing ordinary explains; `later`: too many at once, it is looked at in another round. */
export type Verdict = { readonly surprise: Surprise; readonly now: Spent; readonly usual: Spent } | 'later';

interface Case {
  readonly suspects: readonly Suspect[];
  readonly sensitivity: Sensitivity;
  readonly watch: Watch;
  readonly to: number;
}

/** Long enough to have seen the last end of a month. */
const RECURRENCE_MS = 6 * WEEK_MS;
/** The past of so many series is read in one round, where it is not known yet. */
const MOST_PASTS = 50;

/**
 * Which suspects nothing ordinary explains. A thousand of them are asked about in as many reads as one: every window is read once, for
 * all series together.
 */
export async function unexplained(rule: RuleWith<'anomaly'>, question: Question, { suspects, sensitivity, watch, to }: Case) {
  const verdicts = new Map<string, Verdict>();
  if (suspects.length === 0) return verdicts;
  const { reader } = question;
  const all = suspects.map(({ labels }) => labels);
  const starts = [...new Set(suspects.flatMap(({ candidates }) => candidates.map(({ startMs }) => startMs)))];
  const stretch = ordinaryStretch({ from: Math.min(...starts), to });
  const [usuals, ...nows] = await Promise.all([
    readSpentOf(reader, rule, all, stretch),
    ...starts.map((from) => readSpentOf(reader, rule, all, { from, to })),
  ]);
  const strange = suspects.flatMap(({ labels, candidates }) => {
    const key = keyOf(labels);
    const usual = usuals.get(key) ?? NOTHING_SPENT;
    const left = candidates.flatMap((surprise) => {
      const now = nows[starts.indexOf(surprise.startMs)]?.get(key) ?? NOTHING_SPENT;
      const cause = ordinaryCause(surprise, sensitivity, { now, usual, usualMs: stretch.to - stretch.from, toMs: to });
      return cause ? [] : [{ surprise, now, usual }];
    });
    return left.length > 0 ? [{ key, labels, left, impact: Math.max(...left.map(({ surprise }) => impactOf(surprise))) }] : [];
  });
  const byImpact = strange.toSorted((a, b) => b.impact - a.impact);
  await readPasts(rule, question, { watch, labels: byImpact.map(({ labels }) => labels), to });
  for (const { key, left } of byImpact) {
    const past = watch.series.get(key)?.past;
    const found = past && left.find(({ surprise }) => !past.baseline || !recurs(surprise, past.baseline, to));
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
