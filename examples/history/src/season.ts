import { HOUR_MS } from './time.ts';

/** When a kind of work is done: share of a day's calls per hour (UTC), and how much of a weekday's a Saturday and Sunday see. */
interface Season {
  readonly hours: readonly number[];
  readonly weekend: number;
}

const hours = (weights: readonly number[]): readonly number[] => {
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => weight / sum);
};

const SEASONS = {
  office: { hours: hours([1, 1, 1, 1, 1, 2, 5, 12, 22, 28, 30, 28, 20, 24, 30, 30, 26, 18, 10, 6, 4, 3, 2, 1]), weekend: 0.12 },
  customers: { hours: hours([6, 5, 4, 4, 5, 7, 10, 15, 20, 22, 22, 21, 20, 20, 21, 22, 22, 21, 20, 18, 16, 13, 10, 8]), weekend: 0.6 },
  night: { hours: hours([20, 30, 30, 20, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 8]), weekend: 1 },
  always: { hours: hours(Array.from({ length: 24 }, () => 1)), weekend: 1 },
} as const satisfies Readonly<Record<string, Season>>;

export type SeasonName = keyof typeof SEASONS;

/** How much of a weekday's calls fall into the hour that begins at `hourMs`. */
export function shareOfHour(name: SeasonName, hourMs: number): number {
  const { hours: shares, weekend } = SEASONS[name];
  const at = new Date(hourMs);
  const isWeekend = at.getUTCDay() === 0 || at.getUTCDay() === 6;
  return (shares[Math.floor((hourMs % (24 * HOUR_MS)) / HOUR_MS)] ?? 0) * (isWeekend ? weekend : 1);
}
