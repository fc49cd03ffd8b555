import { type Baseline, extend, learn } from '../detector/baseline.ts';
import { DEFAULT_SENSITIVITY } from '../detector/defaults.ts';
import { impactOf, isStill, notable, type Sensitivity, type Surprise, surprises } from '../detector/detect.ts';
import { effectsOf } from '../detector/effects.ts';
import { ordinaryCause, recurs } from '../detector/ordinary.ts';
import { falseDiscoveryBound, normalTail } from '../detector/tail.ts';
import type { Baselines } from './baseline-cache.ts';
import { type Finding, type Question, type RuleWith, showUsd } from './finding.ts';
import { HOUR_MS, WEEK_MS } from './period.ts';
import { endOf, keyOf, type Labels, readHistories, readSeries, toFloat, type Window } from './series.ts';
import { filtersFor, ordinaryStretch, readSpent, sayWhy } from './why.ts';

const HISTORY_MS = 4 * WEEK_MS;
/** Long enough to have seen the last end of a month. */
const RECURRENCE_MS = 6 * WEEK_MS;
/** What is normal changes slowly. */
const LEARN_MS = 2 * HOUR_MS;

/**
 * Spend that is far above what the hour of the week, the last days and the noise of the series explain: more requests, or dearer
 * ones. Neither a new price nor plain growth, a launch or a job that recurs is one. A series without three days of history is still
 * being learned.
 */
export async function findAnomaly(rule: RuleWith<'anomaly'>, question: Question): Promise<readonly Finding[]> {
  const { reader, now } = question;
  const to = endOf(rule, now);
  const newest = { from: to - rule.window, to };
  const [baselines, series] = await Promise.all([readBaselines(rule, question, to), readSeries(reader, rule, newest)]);
  const { z } = rule.condition;
  const sensitivity: Sensitivity & { readonly falseDiscoveryRate: number } = {
    ...DEFAULT_SENSITIVITY,
    ...(z !== undefined && { z: { volume: z, intensity: z } }),
    impact: Number(rule.condition.min_impact_usd),
  };
  const judged = series.map((each) => {
    const baseline = baselines.get(keyOf(each.labels));
    return { ...each, found: baseline && surprises(baseline, { startMs: newest.from, calls: each.calls, cost: toFloat(each.value) }) };
  });
  const ps = judged.flatMap(({ found = [] }) => (found.length > 0 ? [normalTail(Math.max(...found.map(({ z: sigmas }) => sigmas)))] : []));
  const bound = falseDiscoveryBound(ps, sensitivity.falseDiscoveryRate);
  return Promise.all(
    judged.map(async ({ labels, value, calls, found }): Promise<Finding> => {
      const say = (verdict: Finding['judgement']['verdict'], reason: string): Finding => ({
        labels,
        value,
        window: newest,
        judgement: { verdict, reason },
      });
      if (!found) return say('clear', 'what is normal is still being learned');
      const candidates = calls < rule.min_calls ? [] : notable(found, sensitivity).filter((each) => normalTail(each.z) <= bound);
      const breach = await firstUnexplained(rule, question, { labels, candidates, sensitivity, to });
      if (breach) return breach;
      return isStill(found) ? say('hold', 'spend is not yet back to normal') : say('clear', 'spend is normal');
    }),
  );
}

async function readBaselines(rule: RuleWith<'anomaly'>, { tenant, reader, baselines: cache }: Question, to: number): Promise<Baselines> {
  const bucket = Math.floor(to / rule.window);
  const until = bucket * rule.window;
  const window = { from: until - HISTORY_MS, to: until };
  const learning = Math.floor(to / LEARN_MS);
  const series = JSON.stringify([tenant, rule.group_by, rule.filters, rule.window]);
  return cache.get(series, { bucket, learning }, async (known) => {
    const histories = await readHistories(reader, rule, { ...window, stepMs: rule.window });
    return new Map(
      [...histories].map(([key, history]) => {
        const baseline = known?.get(key);
        return [key, baseline ? extend(baseline, history) : learn(history)];
      }),
    );
  });
}

interface Suspects {
  readonly labels: Labels;
  readonly candidates: readonly Surprise[];
  readonly sensitivity: Sensitivity;
  readonly to: number;
}

/** The most surprising window that nothing ordinary explains. */
async function firstUnexplained(
  rule: RuleWith<'anomaly'>,
  { reader }: Question,
  { labels, candidates, sensitivity, to }: Suspects,
): Promise<Finding | undefined> {
  const [most] = candidates;
  if (!most) return undefined;
  const stretch = ordinaryStretch({ from: most.startMs, to });
  const [usual, past] = await Promise.all([readSpent(reader, rule, labels, stretch), readPast(rule, reader, labels, to)]);
  for (const surprise of candidates) {
    const window = { from: surprise.startMs, to };
    const now = await readSpent(reader, rule, labels, window);
    if (ordinaryCause(surprise, sensitivity, { now, usual, usualMs: stretch.to - stretch.from, toMs: to })) continue;
    if (past && recurs(surprise, past, to)) continue;
    const effects = effectsOf(now, usual, surprise.expectedCost);
    return { labels, value: usdToMoney(surprise.cost), window, ...tell(rule, surprise, window, effects && sayWhy(effects, surprise.kind)) };
  }
  return undefined;
}

/** By the hour, for what happens once a week or once a month. */
async function readPast(rule: RuleWith<'anomaly'>, reader: Question['reader'], labels: Labels, to: number): Promise<Baseline | undefined> {
  const until = Math.floor(to / HOUR_MS) * HOUR_MS;
  const one = { ...rule, group_by: [], filters: filtersFor(rule, labels) };
  const histories = await readHistories(reader, one, { from: until - RECURRENCE_MS, to: until, stepMs: HOUR_MS });
  const [history] = histories.values();
  return history && learn(history);
}

function tell(rule: RuleWith<'anomaly'>, surprise: Surprise, { from }: Window, why: string | undefined) {
  const { cost, expectedCost, z, kind, ratio } = surprise;
  const what = kind === 'volume' ? `${ratio.toFixed(1)} times the requests` : `requests that cost ${ratio.toFixed(1)} times as much`;
  const reason = `${showUsd(cost)} since ${new Date(from).toISOString().slice(0, 16)}Z, ${showUsd(expectedCost)} expected; ${what}`;
  return {
    judgement: { verdict: 'breach' as const, reason: why ? `${reason}: ${why}` : reason },
    facts: {
      expected: showUsd(expectedCost),
      impact: showUsd(impactOf(surprise)),
      sigmas: z.toFixed(1),
      threshold: `${rule.condition.min_impact_usd} USD beyond what is expected`,
      ...(why && { why }),
    },
  };
}

/** Of statistics: no sum of money is made of it. */
const usdToMoney = (usd: number) => BigInt(Math.round(usd * 1e6)) * 1_000_000n;
