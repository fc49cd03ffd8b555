import type { Baseline } from './baseline.ts';
import { impactOf, type Surprise } from './detect.ts';
import { ascending } from './robust.ts';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const DAYS = [1, 2, 3];
const WEEKS = [1, 2, 3, 4];
const JITTER_MS = 3 * HOUR_MS;
/** A past window counts as the same job when it stood out about half as far, and cost half as much beyond its own expectation, at today's prices. */
const STOOD_OUT_Z = 3;
const ALIKE = 0.5;

interface Circumstances {
  readonly toMs: number;
  readonly priceIndex: number;
  /** The newest in the same respect that tells something. */
  readonly recent?: Surprise;
}

/** Did the same happen on each of the last days or in most weeks before, about this hour, or on the same day of the month before? */
export function recurs(surprise: Surprise, past: Baseline, circumstances: Circumstances): boolean {
  const { toMs, priceIndex, recent } = circumstances;
  // What a long window remembers of a job is not aligned with what it did last month; its newest is.
  if (recent && recent.buckets < surprise.buckets && isJob(past) && recurs(recent, past, { toMs, priceIndex })) return true;
  const wanted = { cost: (ALIKE * impactOf(surprise)) / priceIndex, ratio: surprise.ratio ** ALIKE };
  const lengthMs = Math.max(toMs - surprise.startMs, past.stepMs);
  const stoodOut = (fromMs: number, untilMs: number) => {
    for (let at = fromMs; at <= untilMs; at += past.stepMs) if (excessOver(past, at, lengthMs, wanted.ratio) >= wanted.cost) return true;
    return false;
  };
  const weeks = WEEKS.filter((week) => {
    const at = surprise.startMs - week * 7 * DAY_MS;
    return stoodOut(at - JITTER_MS, at + JITTER_MS);
  });
  if (DAYS.every((day) => stoodOut(surprise.startMs - day * DAY_MS - HOUR_MS, surprise.startMs - day * DAY_MS + HOUR_MS))) return true;
  if (surprise.kind === 'volume' && isAnotherRun(surprise, past, toMs)) return true;
  if (
    surprise.kind === 'volume' &&
    WEEKS.filter((week) => callsOver(past, surprise.startMs - week * 7 * DAY_MS, lengthMs) * AS_MANY >= surprise.calls).length >= 2
  )
    return true;
  // Who has only been here for one or two weeks cannot have done it more often.
  const lived = Math.floor((surprise.startMs - past.firstMs) / (7 * DAY_MS));
  if (weeks.length >= Math.max(1, Math.min(2, lived - 1))) return true;
  const days = sameDaysOfLastMonth(surprise.startMs);
  return (
    days.some((day) => stoodOut(day - DAY_MS, day + 2 * DAY_MS)) ||
    (surprise.kind === 'volume' && days.some((day) => cameAsMany(surprise, past, day + (surprise.startMs % DAY_MS), lengthMs)))
  );
}

/** About the same hour half as many came beyond what was expected, and that stood out, however busy that day was otherwise. */
function cameAsMany({ calls, expectedCalls }: Surprise, past: Baseline, atMs: number, lengthMs: number): boolean {
  for (const day of [-1, 0, 1]) {
    for (let hours = -JITTER_MS; hours <= JITTER_MS; hours += past.stepMs) {
      const from = atMs + day * DAY_MS + hours;
      const excess = callsOver(past, from, lengthMs) - valueOver(past.sums.expectedCalls, past, from, lengthMs);
      if (excess >= ALIKE * (calls - expectedCalls) && excessOver(past, from, lengthMs, 1) > 0) return true;
    }
  }
  return false;
}

/** What was there twice in four weeks at the same hour is no more than usual, whatever their median says: a day off is none of work. */
const AS_MANY = 1.6;

/** Of the hours of the past in which a job does nearly all that it does. */
const JOB_HOURS = 0.2;
const NEARLY_ALL = 0.95;
const RUNS = { days: [1, 2, 3, 4, 5, 6, 7], least: 3 };
/** Runs differ. */
const LONGER = 1.3;

/** A job that runs earlier or faster than it does is no more than a run of it: as many requests as some of the last days had about this time. */
function isAnotherRun(surprise: Surprise, past: Baseline, toMs: number): boolean {
  if (!isJob(past)) return false;
  const before = callsOver(past, surprise.startMs - JITTER_MS, JITTER_MS);
  const lengthMs = Math.max(toMs - surprise.startMs, past.stepMs);
  const runs = RUNS.days.map((day) => callsOver(past, surprise.startMs - day * DAY_MS - JITTER_MS, 2 * JITTER_MS + lengthMs));
  return runs.filter((run) => LONGER * run >= before + surprise.calls).length >= RUNS.least;
}

function isJob({ sums: { calls }, buckets }: Baseline): boolean {
  const hours = ascending(Array.from({ length: buckets }, (_, at) => (calls[at + 1] ?? 0) - (calls[at] ?? 0)));
  const busiest = hours.subarray(Math.floor((1 - JOB_HOURS) * hours.length));
  return busiest.reduce((sum, each) => sum + each, 0) >= NEARLY_ALL * (calls[buckets] ?? 0);
}

const callsOver = (past: Baseline, fromMs: number, lengthMs: number) => valueOver(past.sums.calls, past, fromMs, lengthMs);

function valueOver(sums: Float64Array, { startMs, stepMs, buckets }: Baseline, fromMs: number, lengthMs: number): number {
  const from = Math.floor((fromMs - startMs) / stepMs);
  const to = Math.ceil((fromMs + lengthMs - startMs) / stepMs);
  if (from < 0 || to > buckets) return 0;
  return (((sums[to] ?? 0) - (sums[from] ?? 0)) * lengthMs) / ((to - from) * stepMs);
}

/** USD beyond the expectation in a window of the past that stood out; 0 when it did not. */
function excessOver(past: Baseline, fromMs: number, lengthMs: number, leastRatio: number): number {
  const { sums, startMs, stepMs, buckets } = past;
  const from = Math.floor((fromMs - startMs) / stepMs);
  const to = from + Math.max(1, Math.round(lengthMs / stepMs));
  if (from < 0 || to > buckets) return 0;
  const over = (name: keyof typeof sums) => (sums[name][to] ?? 0) - (sums[name][from] ?? 0);
  const usual = over('calls') > 0 ? (over('expectedCost') * over('expectedCalls')) / over('calls') : 0;
  const noise = nearest(past, to - from);
  const more = Math.log((over('calls') + 1) / (over('expectedCalls') + 1));
  const z = noise ? more / noise.volume.sigma(over('expectedCalls')) : 0;
  return z >= STOOD_OUT_Z && more >= Math.log(leastRatio) ? over('cost') - usual : 0;
}

function nearest({ noise }: Baseline, buckets: number) {
  const sizes = [...noise.keys()];
  return noise.get(sizes.findLast((size) => size <= buckets) ?? sizes[0] ?? 1);
}

/** The day of the same number, and the day as far from the end of its month: jobs run on the first, on the last, or on the 15th. */
function sameDaysOfLastMonth(atMs: number): readonly number[] {
  const at = new Date(atMs);
  const [year, month, day] = [at.getUTCFullYear(), at.getUTCMonth(), at.getUTCDate()];
  const left = new Date(Date.UTC(year, month + 1, 0)).getUTCDate() - day;
  const lastOfBefore = new Date(Date.UTC(year, month, 0)).getUTCDate();
  return [Date.UTC(year, month - 1, Math.min(day, lastOfBefore)), Date.UTC(year, month - 1, Math.max(1, lastOfBefore - left))];
}
