import { type Baseline, extend, type History, learn, TAIL_BUCKETS } from '../../alerts/src/detector/baseline.ts';
import {
  impactOf,
  isStill,
  isStillSurely,
  recentOf,
  type Sensitivity,
  type Surprise,
  surprises,
} from '../../alerts/src/detector/detect.ts';
import { effectsOf, type Effects, mainReason, type Spent } from '../../alerts/src/detector/effects.ts';
import { ordinaryCause, type OthersOf } from '../../alerts/src/detector/ordinary.ts';
import { recurs } from '../../alerts/src/detector/recurs.ts';
import { atUsualPrices, PRICED_DAYS, priceIndex as pricesOf } from '../../alerts/src/detector/prices.ts';
import { STEP_MS, STEPS_PER_DAY } from './cost-set/ordinary.ts';
import type { RunningSums } from './running-sums.ts';

export const BUCKET_STEPS = 6;
const HOUR_STEPS = 12;
const BASELINE_BUCKETS = (28 * STEPS_PER_DAY) / BUCKET_STEPS;
const USUAL_DAYS = 10;
const LAST_DAYS = Array.from({ length: PRICED_DAYS }, (_, index) => PRICED_DAYS - index);
/** What is normal changes slowly: it is learned anew every six hours here, every two by the product. */
const LEARN_STEPS = 12 * BUCKET_STEPS;

/** Of which there is one for the whole and one for each feature. */
export interface SeriesJudge {
  readonly surprisesAt: (step: number) => readonly Surprise[];
  readonly isStillAt: (found: readonly Surprise[]) => boolean;
  /** What nothing ordinary explains among what is significant. */
  readonly unexplainedAt: (step: number, found: readonly Surprise[], ask: Asked) => Unexplained | undefined;
}

interface Asked {
  readonly significant: (restated: readonly Surprise[]) => readonly Surprise[];
  readonly othersOf: OthersOf;
  readonly sensitivity: Sensitivity;
}

export interface Unexplained {
  /** The factor that added the most. */
  readonly why: keyof Effects | undefined;
  /** What it was found by. */
  readonly surprise: Surprise;
  readonly impact: number;
}

interface Series {
  readonly sums: RunningSums;
  readonly startMs: number;
  readonly isPart: boolean;
  /** Requests of no feature, where others say theirs. */
  readonly isNameless?: boolean;
}

export function judgeSeries({ sums, startMs, isPart, isNameless = false }: Series, settings: Sensitivity): SeriesJudge {
  const at = (step: number) => startMs + step * STEP_MS;
  const spentSince = (step: number, days: number, until: number) => sums.between(step - days * STEPS_PER_DAY, step - until * STEPS_PER_DAY);
  let baseline: Baseline | undefined;
  let hasLearned = false;
  let ordinary: { readonly usual: Spent; readonly lastDays: readonly Spent[] } | undefined;
  let hourly: Baseline | undefined;

  function learnAt(step: number): void {
    const last = (buckets: number) => ({ from: Math.max(0, step - buckets * BUCKET_STEPS), to: step, bucketSteps: BUCKET_STEPS });
    const mustLearn = step % LEARN_STEPS === 0 || !hasLearned;
    hasLearned = true;
    if (!mustLearn && !baseline) return;
    const history = historyOf(sums, startMs, last(mustLearn ? BASELINE_BUCKETS : TAIL_BUCKETS));
    baseline = mustLearn || !baseline ? learn(history, { knowsNothing: isNameless }) : extend(baseline, history);
    if (step % LEARN_STEPS === 0) ordinary = undefined;
    hourly = undefined;
  }
  const newestAt = (step: number) => {
    const from = step - BUCKET_STEPS;
    return { startMs: at(from), calls: over(sums.calls, from, step), cost: over(sums.cost, from, step) };
  };
  // As in the product: what did not even spend the floor in all windows cannot be so much above anything.
  const isSmallAt = (step: number) => over(sums.cost, step - (TAIL_BUCKETS + 1) * BUCKET_STEPS, step) < settings.impact;
  return {
    isStillAt: (found) => (isPart ? isStillSurely(found, settings) : isStill(found)),
    surprisesAt(step) {
      if (isSmallAt(step)) return [];
      if (step % BUCKET_STEPS === 0 || !hasLearned) learnAt(step - (step % BUCKET_STEPS));
      return baseline ? surprises(baseline, newestAt(step)) : [];
    },
    unexplainedAt(step, found, { significant, othersOf, sensitivity }) {
      if (!baseline) return undefined;
      ordinary ??= { usual: spentSince(step, 4 + USUAL_DAYS, 4), lastDays: LAST_DAYS.map((day) => spentSince(step, day, day - 1)) };
      const { usual, lastDays } = ordinary;
      const starts = new Set(found.map((each) => each.startMs));
      const nows = new Map([...starts].map((since) => [since, sums.between(Math.round((since - startMs) / STEP_MS), step)]));
      const indexes = new Map([...nows].map(([since, spent]) => [since, pricesOf(spent, usual)]));
      const restated = surprises(
        atUsualPrices(baseline, usual, lastDays),
        newestAt(step),
        (since) => indexes.get(since) ?? Number.POSITIVE_INFINITY,
      );
      for (const surprise of significant(restated)) {
        const now = nows.get(surprise.startMs);
        const recent = recentOf(surprise, restated);
        const lately = nows.get(recent.startMs);
        const isOneFeature = isPart || sums.features.length === 1;
        const evidence = { usual, usualMs: USUAL_DAYS * STEPS_PER_DAY * STEP_MS, lastDays, toMs: at(step), othersOf, isOneFeature };
        if (!now || !lately || ordinaryCause(surprise, recent, sensitivity, { ...evidence, now, lately })) continue;
        hourly ??= learn(historyOf(sums, startMs, { from: 0, to: step - (step % HOUR_STEPS), bucketSteps: HOUR_STEPS }));
        const priceIndex = indexes.get(surprise.startMs) ?? 1;
        if (hourly && recurs(surprise, hourly, { toMs: at(step), priceIndex, recent })) continue;
        const effects = effectsOf(now, usual, surprise.expectedCost);
        const more = surprise.kind === 'volume' ? ('requests' as const) : undefined;
        return { surprise, why: effects ? mainReason(effects, surprise.kind) : more, impact: impactOf(surprise) };
      }
      return undefined;
    },
  };
}

const over = (sums: Float64Array, from: number, to: number) => (sums[to] ?? 0) - (sums[Math.max(0, from)] ?? 0);

interface Stretch {
  readonly from: number;
  readonly to: number;
  readonly bucketSteps: number;
}

function historyOf({ calls, cost }: RunningSums, startMs: number, { from, to, bucketSteps }: Stretch): History {
  const buckets = Math.floor((to - from) / bucketSteps);
  const values = (sums: Float64Array) =>
    Array.from({ length: buckets }, (_, index) => over(sums, from + index * bucketSteps, from + (index + 1) * bucketSteps));
  return { startMs: startMs + from * STEP_MS, stepMs: bucketSteps * STEP_MS, calls: values(calls), cost: values(cost) };
}
