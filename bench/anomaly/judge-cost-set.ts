import { type Baseline, type Buckets, learn } from '../../alerts/src/detector/baseline.ts';
import { isStill, neededZ, notable, type Sensitivity, surprises } from '../../alerts/src/detector/detect.ts';
import { effectsOf, ordinaryCause, type Part, type Spent } from '../../alerts/src/detector/effects.ts';
import { falseDiscoveryBound } from '../../alerts/src/detector/tail.ts';
import { HISTORY_STEPS, type LabelledCost, STEP_MS } from './cost-set.ts';

const BUCKET_STEPS = 6;
const HISTORY_DAYS = 28;
const STEPS_PER_DAY = 288;
/** Alerts that are closer are one. */
const SAME_ALERT_MS = 3_600_000;

export interface Alarm {
  readonly fromMs: number;
  readonly toMs: number;
}

export interface Settings extends Sensitivity {
  readonly falseDiscoveryRate: number;
}

/** What the anomaly condition would have said, asked every five minutes, of a series that is judged together with others. */
export function alarmsOf(labelled: LabelledCost, settings: Settings): readonly Alarm[] {
  const { steps, startMs } = labelled;
  const alarms: Alarm[] = [];
  let baseline: Baseline | undefined;
  let usual: Spent | undefined;
  for (let step = HISTORY_STEPS; step <= steps.length; step++) {
    if (step % BUCKET_STEPS === 0) {
      baseline = learn(historyOf(labelled, step), settings.impact / 2);
      usual = undefined;
    }
    if (!baseline) continue;
    const now = sumOf(steps, step - BUCKET_STEPS, step);
    const found = surprises(baseline, { startMs: startMs + (step - BUCKET_STEPS) * STEP_MS, value: now.cost });
    const at = startMs + step * STEP_MS;
    const last = alarms.at(-1);
    if (last && at - last.toMs <= SAME_ALERT_MS && isStill(found)) {
      alarms[alarms.length - 1] = { ...last, toMs: at };
      continue;
    }
    const bound = falseDiscoveryBound(
      found.map(({ p }) => p),
      settings.falseDiscoveryRate,
    );
    const wrong = notable(found, settings).some((surprise) => {
      if (surprise.p > bound) return false;
      usual ??= sumOf(steps, step - 14 * STEPS_PER_DAY, step - 4 * STEPS_PER_DAY);
      const from = Math.round((surprise.startMs - startMs) / STEP_MS);
      const effects = effectsOf(sumOf(steps, from, step), usual, surprise.expected);
      return !effects || ordinaryCause(effects, { ...surprise, neededZ: neededZ(surprise, settings.z) }) === undefined;
    });
    if (wrong) alarms.push({ fromMs: at, toMs: at });
  }
  return alarms;
}

function historyOf({ steps, startMs }: LabelledCost, step: number): Buckets {
  const first = Math.max(0, step - HISTORY_DAYS * STEPS_PER_DAY);
  const values: number[] = [];
  for (let from = first; from + BUCKET_STEPS <= step; from += BUCKET_STEPS) {
    let sum = 0;
    for (let index = from; index < from + BUCKET_STEPS; index++) sum += steps[index]?.cost ?? 0;
    values.push(sum);
  }
  return { startMs: startMs + first * STEP_MS, stepMs: BUCKET_STEPS * STEP_MS, values };
}

function sumOf(steps: readonly Spent[], from: number, to: number): Spent {
  const parts = new Map<string, Part>();
  let [calls, tokens, cost] = [0, 0, 0];
  for (const step of steps.slice(from, to)) {
    calls += step.calls;
    tokens += step.tokens;
    cost += step.cost;
    for (const { key, quantity, cost: amount } of step.parts) {
      const before = parts.get(key);
      parts.set(key, { key, quantity: quantity + (before?.quantity ?? 0), cost: amount + (before?.cost ?? 0) });
    }
  }
  return { calls, tokens, cost, parts: [...parts.values()] };
}

export interface Tally {
  found: number;
  missed: number;
  belowFloor: number;
  falseAlarms: number;
  readonly delaysMs: number[];
}

/** An alarm within the incident, or an hour after it, finds it. */
export function tally(labelled: LabelledCost, alarms: readonly Alarm[], floor: number): Tally {
  const { incident } = labelled;
  const hits = incident ? alarms.filter(({ fromMs, toMs }) => toMs >= incident.fromMs && fromMs <= incident.toMs + SAME_ALERT_MS) : [];
  const first = hits[0];
  const counts = incident !== undefined && incident.impact >= floor;
  return {
    found: incident && first ? 1 : 0,
    missed: counts && !first ? 1 : 0,
    belowFloor: incident && !counts ? 1 : 0,
    falseAlarms: alarms.length - hits.length,
    delaysMs: incident && first ? [Math.max(0, first.fromMs - incident.fromMs)] : [],
  };
}
