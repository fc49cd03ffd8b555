import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Period, periodOf } from '../src/conditions/period.ts';

const DAY_MS = 86_400_000;
const utc = (text: string) => Date.parse(`${text}Z`);

test.each([
  ['America/New_York', 'month', '2026-03-15T12:00', '2026-03-01T05:00', '2026-04-01T04:00'],
  ['America/New_York', 'month', '2026-04-01T03:59', '2026-03-01T05:00', '2026-04-01T04:00'],
  ['America/New_York', 'day', '2026-11-01T12:00', '2026-11-01T04:00', '2026-11-02T05:00'],
  ['Europe/Berlin', 'day', '2026-03-29T10:00', '2026-03-28T23:00', '2026-03-29T22:00'],
  ['Europe/Berlin', 'week', '2026-10-25T23:30', '2026-10-25T23:00', '2026-11-01T23:00'],
  ['Asia/Kolkata', 'month', '2026-12-31T18:29', '2026-11-30T18:30', '2026-12-31T18:30'],
  ['Asia/Kolkata', 'month', '2026-12-31T18:30', '2026-12-31T18:30', '2027-01-31T18:30'],
  // Clocks that skip midnight: the day begins at one.
  ['Africa/Cairo', 'day', '2026-04-24T12:00', '2026-04-23T22:00', '2026-04-24T21:00'],
  // Clocks that repeat the hour before midnight.
  ['Africa/Cairo', 'day', '2026-10-29T20:30', '2026-10-28T21:00', '2026-10-29T22:00'],
  // Clocks that repeat the hour after midnight.
  ['Atlantic/Azores', 'day', '2026-10-25T12:00', '2026-10-25T00:00', '2026-10-26T01:00'],
  ['UTC', 'month', '2024-02-29T23:59', '2024-02-01T00:00', '2024-03-01T00:00'],
] as const)('in %s the %s of %s is from %s to %s', (timezone, period, at, from, to) => {
  expect(periodOf(period, utc(at), timezone)).toEqual({ from: utc(from), to: utc(to) });
});

const ZONES = [
  'UTC',
  'America/New_York',
  'America/Santiago',
  'Europe/Berlin',
  'Africa/Cairo',
  'Asia/Kolkata',
  'Asia/Kathmandu',
  'Australia/Lord_Howe',
  'Pacific/Chatham',
  'Pacific/Kiritimati',
  'Asia/Beirut',
  'Atlantic/Azores',
];

test('periods hold their instants, follow each other without a gap, and begin where the calendar of the zone turns', () => {
  fc.assert(
    fc.property(
      fc.constantFrom<Period>('day', 'week', 'month'),
      fc.constantFrom(...ZONES),
      fc.integer({ min: utc('2024-01-01T00:00'), max: utc('2029-01-01T00:00') }),
      (period, timezone, at) => {
        const { from, to } = periodOf(period, at, timezone);
        expect(from).toBeLessThanOrEqual(at);
        expect(to).toBeGreaterThan(at);
        expect(periodOf(period, from, timezone)).toEqual({ from, to });
        expect(periodOf(period, to, timezone).from).toBe(to);
        expect(periodOf(period, from - 1, timezone).to).toBe(from);
        const show = new Intl.DateTimeFormat('en-US', { timeZone: timezone, weekday: 'short', day: 'numeric' });
        const dateOf = (instant: number) => Object.fromEntries(show.formatToParts(instant).map(({ type, value }) => [type, value]));
        expect(dateOf(from - 1)['day']).not.toBe(dateOf(from)['day']);
        if (period === 'month') expect(dateOf(from)['day']).toBe('1');
        if (period === 'week') expect(dateOf(from)['weekday']).toBe('Mon');
        if (period === 'day') expect((to - from) / DAY_MS).toBeCloseTo(1, 0);
      },
    ),
    { numRuns: 1000 },
  );
});
