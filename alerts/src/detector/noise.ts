import { ascending, MAD_TO_SIGMA, medianDistance, quantile } from './robust.ts';

interface Sample {
  /** How much was expected: little is noisier than much. */
  readonly weight: number;
  readonly residual: number;
  /** When: what lasts for hours is one event, not many. */
  readonly day: number;
}

/** How log-ratios to the expectation spread where so much is expected. */
export interface Noise {
  readonly sigma: (weight: number) => number;
  /** The largest residuals in sigmas, ascending, and of how many: the tail as it was seen on all but the worst days. */
  readonly tail: Float32Array;
  readonly size: number;
}

const CLASSES = 3;
const FEWEST = 20;
/** The tail begins at this quantile: smaller residuals are ordinary, and are not ranked. */
const TAIL_FROM = 0.9;

/** Robust spread, one for each third of the expectations: nights with few requests do not make days look calm, nor the reverse. */
export function noiseOf(
  samples: readonly Sample[],
  { leastAt, widen }: { readonly leastAt: (weight: number) => number; readonly widen: number },
): Noise {
  const weights = ascending(samples.map(({ weight }) => weight));
  const bounds = Array.from({ length: CLASSES - 1 }, (_, index) => quantile(weights, (index + 1) / CLASSES));
  const classOf = (weight: number) => {
    const found = bounds.findIndex((bound) => weight <= bound);
    return found < 0 ? CLASSES - 1 : found;
  };
  const classes = Array.from({ length: CLASSES }, (): number[] => []);
  for (const { weight, residual } of samples) classes[classOf(weight)]?.push(residual);
  const all = spreadOf(samples.map(({ residual }) => residual));
  const sigmas = classes.map((residuals) => widen * (residuals.length >= FEWEST ? spreadOf(residuals) : all));
  const sigma = (weight: number) => Math.max(sigmas[classOf(weight)] ?? 0, leastAt(weight));
  const zs = Float64Array.from(samples, ({ residual, weight }) => (widen * residual) / sigma(weight));
  const sorted = withoutWorstDays(zs, samples).sort();
  return { sigma, tail: Float32Array.from(sorted.subarray(Math.floor(TAIL_FROM * sorted.length))), size: sorted.length };
}

/** An incident, or a new price until it is followed, is not what the series is like: it must not make the next one ordinary. */
const WORST_DAYS_SHARE = 1 / 9;

function withoutWorstDays(zs: Float64Array, samples: readonly Sample[]): Float64Array {
  const worst = new Map<number, number>();
  samples.forEach(({ day }, index) => worst.set(day, Math.max(worst.get(day) ?? Number.NEGATIVE_INFINITY, zs[index] ?? 0)));
  const days = [...worst].toSorted(([, a], [, b]) => b - a).slice(0, Math.floor(WORST_DAYS_SHARE * worst.size));
  const left = new Set(days.map(([day]) => day));
  return zs.filter((_, index) => !left.has(samples[index]?.day ?? 0));
}

function spreadOf(residuals: readonly number[]): number {
  const sorted = ascending(residuals);
  return MAD_TO_SIGMA * medianDistance(sorted, quantile(sorted, 0.5));
}
