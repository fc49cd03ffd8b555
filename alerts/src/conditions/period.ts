export type Period = 'day' | 'week' | 'month';

export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;
export const WEEK_MS = 7 * DAY_MS;

/** The calendar period (UTC, weeks from Monday) that holds an instant. */
export function periodOf(period: Period, at: number): { readonly from: number; readonly to: number } {
  const date = new Date(at);
  const day = Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate());
  switch (period) {
    case 'day':
      return { from: day, to: day + DAY_MS };
    case 'week': {
      const from = day - ((date.getUTCDay() + 6) % 7) * DAY_MS;
      return { from, to: from + WEEK_MS };
    }
    case 'month':
      return {
        from: Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1),
        to: Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1),
      };
  }
}
