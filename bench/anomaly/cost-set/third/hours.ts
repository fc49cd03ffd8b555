import { between, normal, pick, type Random } from '../random.ts';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const SATURDAY = 6;

/** How busy it is at a moment, about 1 on average where it is busy at all. `lateMs`: clocks were changed. */
export type Hours = (atMs: number, lateMs?: number) => number;

const soft = (hour: number, from: number, to: number) => 1 / ((1 + Math.exp((from - hour) * 2)) * (1 + Math.exp((hour - to) * 2)));
const weekdayOf = (ms: number) => new Date(ms).getUTCDay();
const isWeekend = (ms: number) => weekdayOf(ms) === 0 || weekdayOf(ms) === SATURDAY;

/** Machines that call machines. */
function aroundTheClock(random: Random): Hours {
  const [swing, peak] = [between(random, 0, 0.25), between(random, 0, 24)];
  return (atMs) => 1 + swing * Math.cos(((atMs / HOUR_MS - peak) / 12) * Math.PI);
}

/** People at work, in one place, and nobody at the weekend. */
function office(random: Random, zone = between(random, -9, 9)): Hours {
  const [begin, end, rest] = [between(random, 7, 9.5), between(random, 16.5, 19), between(random, 0.002, 0.05)];
  return (atMs, lateMs = 0) => {
    const local = atMs - lateMs + zone * HOUR_MS;
    const hour = (local % DAY_MS) / HOUR_MS;
    return rest + (isWeekend(local) ? 0.02 : 2.4) * soft(hour, begin, end) * (1 - 0.35 * soft(hour, 12, 13));
  };
}

/** Consumers: evenings, more at weekends. */
function evenings(random: Random): Hours {
  const [zone, peak, weekend] = [between(random, -9, 9), between(random, 18, 22), between(random, 1.1, 1.7)];
  return (atMs, lateMs = 0) => {
    const local = atMs - lateMs + zone * HOUR_MS;
    const wave = Math.cos((((local % DAY_MS) / HOUR_MS - peak) / 12) * Math.PI);
    return Math.exp(1.1 * wave) * 0.75 * (isWeekend(local) ? weekend : 1);
  };
}

function offices(random: Random): Hours {
  const places = [office(random, -7), office(random, 1), office(random, 8)].map((hours) => ({ hours, share: between(random, 0.2, 1) }));
  return (atMs, lateMs) => places.reduce((sum, { hours, share }) => sum + share * hours(atMs, lateMs), 0) / 1.8;
}

/** Works through what came in during the day: begins about the same time and takes as long as there is. */
function nightly(random: Random): Hours {
  const [begin, hours, isDaily] = [between(random, 0, 22), between(random, 0.7, 3), random() < 0.6];
  const days = new Map<number, { readonly from: number; readonly to: number }>();
  return (atMs) => {
    const day = Math.floor(atMs / DAY_MS);
    const known = days.get(day) ?? { from: begin + 0.2 * normal(random), to: begin + hours * Math.exp(0.2 * normal(random)) };
    days.set(day, known);
    const hour = (atMs % DAY_MS) / HOUR_MS;
    return hour >= known.from && hour < known.to && (isDaily || !isWeekend(atMs)) ? 6 : 0;
  };
}

export const anyHours = (random: Random): Hours => pick(random, [aroundTheClock, office, evenings, offices, nightly])(random);
export const peopleHours = (random: Random): Hours => pick(random, [office, evenings, offices])(random);
