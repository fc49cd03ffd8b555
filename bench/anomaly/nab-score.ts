/** One series of the Numenta Anomaly Benchmark: times as its files write them, and the labelled windows. */
export interface LabelledSeries {
  readonly name: string;
  readonly times: readonly string[];
  readonly values: readonly number[];
  readonly windows: readonly (readonly [first: string, last: string])[];
}

/** Weights of a found window, a false alarm and a missed window (NAB's config/profiles.json). */
export interface Profile {
  readonly truePositive: number;
  readonly falsePositive: number;
  readonly falseNegative: number;
}

export const PROFILES = {
  standard: { truePositive: 1, falsePositive: 0.11, falseNegative: 1 },
  reward_low_FP_rate: { truePositive: 1, falsePositive: 0.22, falseNegative: 1 },
  reward_low_FN_rate: { truePositive: 1, falsePositive: 0.11, falseNegative: 2 },
} as const satisfies Record<string, Profile>;

interface Scored {
  readonly score: number;
  /** What an alert at this point is worth, and the window that it is in. */
  readonly worth: number;
  readonly window: string | undefined;
}

/** NAB's reward by position: 1 at the start of a window, 0 at its end, falling to -1 after it. */
const position = (x: number) => (x > 3 ? -1 : 2 / (1 + Math.exp(5 * x)) - 1);
const BEST = position(-1);

/**
 * NAB's normalized score of a detector (100: perfect, 0: silent), at the threshold that is best over the whole corpus, as NAB does
 * it (nab/sweeper.py). Rows of the first 15 % of a series (750 at most) are probation.
 */
export function nabScore(corpus: readonly LabelledSeries[], scoresOf: (series: LabelledSeries) => ArrayLike<number>, profile: Profile) {
  const points = corpus.flatMap((series) => worths(series, scoresOf(series), profile)).sort((a, b) => b.score - a.score);
  const worthOf = new Map(points.flatMap(({ window }) => (window === undefined ? [] : [[window, -profile.falseNegative] as const])));
  const windows = corpus.reduce((sum, series) => sum + series.windows.length, 0);
  let total = -profile.falseNegative * worthOf.size;
  let best = total;
  let threshold = 1.1;
  let current = threshold;
  const keepBest = () => {
    if (total > best) [best, threshold] = [total, current];
  };
  for (const { score, worth, window } of points) {
    if (score !== current) {
      keepBest();
      current = score;
    }
    if (window === undefined) total += worth;
    else if (worth > (worthOf.get(window) ?? 0)) {
      total += worth - (worthOf.get(window) ?? 0);
      worthOf.set(window, worth);
    }
  }
  keepBest();
  const silent = -profile.falseNegative * windows;
  return { score: (100 * (best - silent)) / (profile.truePositive * windows - silent), threshold };
}

function worths(series: LabelledSeries, scores: ArrayLike<number>, { truePositive, falsePositive }: Profile): readonly Scored[] {
  const firstRow = new Map(series.times.map((time, row) => [time, row] as const).toReversed());
  const bounds = series.windows.map(([first, last]) => [firstRow.get(first) ?? 0, firstRow.get(last) ?? 0] as const);
  const probation = Math.min(Math.floor(0.15 * series.times.length), 750);
  return series.times.flatMap((_, row): readonly Scored[] => {
    if (row < probation) return [];
    const score = scores[row] ?? 0;
    const inside = bounds.find(([first, last]) => row >= first && row <= last);
    if (inside) {
      const [first, last] = inside;
      const worth = (position(-(last - row + 1) / (last - first + 1)) * truePositive) / BEST;
      return [{ score, worth, window: `${series.name} ${String(first)}` }];
    }
    const before = bounds.findLast(([, last]) => last < row);
    const worth = before ? position((row - before[1]) / (before[1] - before[0])) : -1;
    return [{ score, worth: worth * falsePositive, window: undefined }];
  });
}
