export type Period = 'day' | 'week' | 'month';

export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;
export const WEEK_MS = 7 * DAY_MS;

/** The calendar period of a time zone that holds an instant, weeks from Monday. Days have 23 to 25 hours where clocks are changed. */
export function periodOf(period: Period, at: number, timezone = 'UTC'): { readonly from: number; readonly to: number } {
  const today = new Date(wallClock(at, timezone));
  const [year, month, day] = [today.getUTCFullYear(), today.getUTCMonth(), today.getUTCDate()];
  const begins = (date: number) => beginOf(date, timezone);
  switch (period) {
    case 'day':
      return { from: begins(Date.UTC(year, month, day)), to: begins(Date.UTC(year, month, day + 1)) };
    case 'week': {
      const monday = day - ((today.getUTCDay() + 6) % 7);
      return { from: begins(Date.UTC(year, month, monday)), to: begins(Date.UTC(year, month, monday + 7)) };
    }
    case 'month':
      return { from: begins(Date.UTC(year, month, 1)), to: begins(Date.UTC(year, month + 1, 1)) };
  }
}

/** When a date, as its midnight in UTC, begins in a time zone: clocks may skip midnight or come to it twice. */
function beginOf(date: number, timezone: string): number {
  const offsetAt = (at: number) => wallClock(at, timezone) - at;
  const candidates = [date - offsetAt(date - DAY_MS), date - offsetAt(date + DAY_MS)];
  return Math.min(...candidates.filter((at) => wallClock(at, timezone) >= date));
}

const clocks = new Map<string, Intl.DateTimeFormat>();
const NUMERIC = { year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric' } as const;

/** What a clock there shows, to the second, as if it were in UTC. */
function wallClock(at: number, timezone: string): number {
  if (timezone === 'UTC') return at;
  const clock = clocks.get(timezone) ?? new Intl.DateTimeFormat('en-US', { ...NUMERIC, hourCycle: 'h23', timeZone: timezone });
  clocks.set(timezone, clock);
  const shown = Object.fromEntries(clock.formatToParts(at).map(({ type, value }) => [type, Number(value)]));
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = shown;
  return Date.UTC(year, month - 1, day, hour, minute, second);
}

export function isTimezone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}
