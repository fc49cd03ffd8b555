/** Spend until the end of a period, with an interval that holds what comes in nine of ten cases. */
export interface Prediction {
  readonly usd: number;
  /** Absent with too little history: then `usd` is a plain continuation of the pace. */
  readonly interval?: readonly [low: number, high: number];
  /** How likely so much or more is. Absent as above. */
  readonly chanceOf?: (usd: number) => number;
  /** Expected spend of each day to come. */
  readonly days: readonly number[];
}

const WEEK = 7;
/** Fewer weeks cannot tell how wrong a forecast is. */
export const LEAST_DAYS = 6 * WEEK;

/**
 * Seasonal naive: each day is expected as the same day a week ago. The interval is conformal: the same forecast is made at every
 * day of the past, and its errors (as log-ratios) are the errors to expect.
 */
export function predict(daily: readonly number[], horizon: number): Prediction {
  const days = naive(daily, horizon);
  const usd = sum(days);
  if (horizon === 0) return { usd: 0, interval: [0, 0], chanceOf: (limit) => (limit <= 0 ? 1 : 0), days };
  const lived = daily.slice(
    Math.max(
      0,
      daily.findIndex((each) => each > 0),
    ),
  );
  if (lived.length < LEAST_DAYS) {
    const mean = sum(lived) / Math.max(1, lived.length);
    return { usd: mean * horizon, days: days.map(() => mean) };
  }
  const errors: number[] = [];
  for (let origin = 2 * WEEK; origin + horizon <= lived.length; origin++) {
    const actual = sum(lived.slice(origin, origin + horizon));
    const expected = sum(naive(lived.slice(0, origin), horizon));
    if (actual > 0 && expected > 0) errors.push(Math.log(actual / expected));
  }
  errors.sort((a, b) => a - b);
  if (errors.length < 10) return { usd, days };
  const at = (share: number) => errors[Math.min(errors.length - 1, Math.max(0, Math.ceil(share * (errors.length + 1)) - 1))] ?? 0;
  return {
    usd,
    interval: [usd * Math.exp(at(0.05)), usd * Math.exp(at(0.95))],
    chanceOf: (limit) => (limit <= 0 ? 1 : (errors.filter((error) => usd * Math.exp(error) >= limit).length + 0.5) / (errors.length + 1)),
    days,
  };
}

const naive = (daily: readonly number[], horizon: number) =>
  Array.from({ length: horizon }, (_, day) => daily[daily.length - WEEK + (day % WEEK)] ?? 0);
const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
