import { type Baseline, extend, type History, learn, TAIL_BUCKETS } from '../../alerts/src/detector/baseline.ts';
import { isStill, lastHourOf, notable, type Sensitivity, type Surprise, surprises } from '../../alerts/src/detector/detect.ts';
import { effectsOf, type Effects, mainReason, type Spent } from '../../alerts/src/detector/effects.ts';
import { ordinaryCause, recurs } from '../../alerts/src/detector/ordinary.ts';
import { atUsualPrices, isSuspect, PRICED_DAYS, priceIndex as pricesOf } from '../../alerts/src/detector/prices.ts';
import { STEP_MS } from './cost-set/ordinary.ts';
import { HISTORY_STEPS, type World } from './cost-set/make-world.ts';
import { type RunningSums, runningSums } from './running-sums.ts';

const BUCKET_STEPS = 6;
const HOUR_STEPS = 12;
const STEPS_PER_DAY = 288;
const BASELINE_BUCKETS = (28 * STEPS_PER_DAY) / BUCKET_STEPS;
const USUAL_DAYS = 10;
const LAST_DAYS = Array.from({ length: PRICED_DAYS }, (_, index) => PRICED_DAYS - index);
/** What is normal changes slowly: it is learned anew every six hours here, every two by the product. */
const LEARN_STEPS = 12 * BUCKET_STEPS;
/** Alerts that are closer are one. */
const SAME_ALERT_MS = 3_600_000;

export interface Alarm {
  readonly fromMs: number;
  readonly toMs: number;
  /** The factor that added the most. */
  readonly why: keyof Effects | undefined;
  /** What it was found by. */
  readonly surprise: Surprise;
}

/** What the anomaly condition would have said, asked every five minutes. */
export function alarmsOf(world: World, settings: Sensitivity): readonly Alarm[] {
  const { steps, startMs } = world;
  const alarms: Alarm[] = [];
  const judge = judgeOf(world, settings);
  for (let step = HISTORY_STEPS; step <= steps.length; step++) {
    const found = judge.surprisesAt(step);
    const at = startMs + step * STEP_MS;
    const last = alarms.at(-1);
    const isNear = last !== undefined && at - last.toMs <= SAME_ALERT_MS;
    // As in the product: an alert goes on while spend is not back to normal, or is found again at the prices of the day.
    const goesOn = isNear && isStill(found);
    const surprise = goesOn ? undefined : judge.unexplainedAt(step, found);
    if (goesOn || (isNear && surprise)) alarms[alarms.length - 1] = { ...last, toMs: at };
    else if (surprise) alarms.push({ fromMs: at, toMs: at, ...surprise });
  }
  return alarms;
}

export function judgeOf({ steps, startMs }: World, settings: Sensitivity) {
  const sums = runningSums(steps);
  const at = (step: number) => startMs + step * STEP_MS;
  const spentSince = (step: number, days: number, until: number) => sums.between(step - days * STEPS_PER_DAY, step - until * STEPS_PER_DAY);
  let baseline: Baseline | undefined;
  let ordinary: { readonly usual: Spent; readonly lastDays: readonly Spent[] } | undefined;
  let hourly: Baseline | undefined;

  function learnAt(step: number): void {
    const last = (buckets: number) => ({ from: Math.max(0, step - buckets * BUCKET_STEPS), to: step, bucketSteps: BUCKET_STEPS });
    const mustLearn = step % LEARN_STEPS === 0 || !baseline;
    const history = historyOf(sums, startMs, last(mustLearn ? BASELINE_BUCKETS : TAIL_BUCKETS));
    baseline = mustLearn || !baseline ? learn(history) : extend(baseline, history);
    if (step % LEARN_STEPS === 0) ordinary = undefined;
    hourly = undefined;
  }
  const newestAt = (step: number) => {
    const from = step - BUCKET_STEPS;
    return { startMs: at(from), calls: over(sums.calls, from, step), cost: over(sums.cost, from, step) };
  };
  return {
    surprisesAt(step: number): readonly Surprise[] {
      if (step % BUCKET_STEPS === 0) learnAt(step);
      return baseline ? surprises(baseline, newestAt(step)) : [];
    },
    unexplainedAt(step: number, found: readonly Surprise[]): Pick<Alarm, 'why' | 'surprise'> | undefined {
      if (!baseline || !isSuspect(found, notable(found, settings))) return undefined;
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
      for (const surprise of notable(restated, settings)) {
        const now = nows.get(surprise.startMs);
        const hour = lastHourOf(surprise, restated);
        const lastHour = hour && nows.get(hour.startMs);
        const evidence = { usual, usualMs: USUAL_DAYS * STEPS_PER_DAY * STEP_MS, lastDays, toMs: at(step) };
        if (!now || !lastHour || ordinaryCause(surprise, hour, settings, { ...evidence, now, lastHour })) continue;
        hourly ??= learn(historyOf(sums, startMs, { from: 0, to: step - (step % HOUR_STEPS), bucketSteps: HOUR_STEPS }));
        const priceIndex = indexes.get(surprise.startMs) ?? 1;
        if (hourly && recurs(surprise, hourly, { toMs: at(step), priceIndex })) continue;
        const effects = effectsOf(now, usual, surprise.expectedCost);
        return { surprise, why: effects && mainReason(effects, surprise.kind) };
      }
      return undefined;
    },
  };
}

const over = (sums: Float64Array, from: number, to: number) => (sums[to] ?? 0) - (sums[from] ?? 0);

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

export interface Tally {
  readonly found: number;
  readonly missed: number;
  readonly belowFloor: number;
  readonly falseAlarms: number;
  readonly rightReasons: number;
  readonly delaysMs: readonly number[];
}

/** An alarm within the incident, or within the hour after it, finds it. Below the floor nothing must be found, and nothing found counts. */
export function tally({ incident }: World, alarms: readonly Alarm[], floor: number): Tally {
  const hits = incident ? alarms.filter(({ fromMs, toMs }) => toMs >= incident.fromMs && fromMs <= incident.toMs + SAME_ALERT_MS) : [];
  const first = hits[0];
  const counts = incident !== undefined && incident.impact >= floor;
  return {
    found: counts && first ? 1 : 0,
    missed: counts && !first ? 1 : 0,
    belowFloor: incident && !counts ? 1 : 0,
    falseAlarms: alarms.length - hits.length,
    rightReasons: counts && first?.why === incident.why ? 1 : 0,
    delaysMs: counts && first ? [Math.max(0, first.fromMs - incident.fromMs)] : [],
  };
}
