import { between, normal, pick, type Random } from '../random.ts';
import { STEP_MS } from '../ordinary.ts';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

/** How busy it is at a moment; 1 where it is ordinary. */
export type Busy = (atMs: number) => number;

const isWeekend = (ms: number) => [0, 6].includes(new Date(ms).getUTCDay());

/** All hours alike, a wave, or the hours of an office somewhere; weekends as busy as other days, less, or not at all. */
export function daysOf(random: Random, { idleWeekends = false } = {}): Busy {
  const zoneMs = Math.floor(between(random, -8, 10)) * HOUR_MS;
  const weekend = idleWeekends ? 0 : pick(random, [1, 1, between(random, 0.1, 0.8), 0]);
  const [swing, peak, night] = [between(random, 0.2, 0.9), between(random, 0, 24), pick(random, [0, 0.05, 0.2])];
  const hourly: Busy = pick<Busy>(random, [
    () => 1,
    (local) => 1 + swing * Math.cos(((local / HOUR_MS - peak) / 12) * Math.PI),
    (local) => ((local % DAY_MS) / HOUR_MS >= 9 && (local % DAY_MS) / HOUR_MS < 18 ? 1 : night),
  ]);
  return (atMs) => hourly(atMs + zoneMs) * (isWeekend(atMs + zoneMs) ? weekend : 1);
}

/** Chance of its own in every step or in every hour, normal or log-normal, or none. */
export function noiseOf(random: Random): Busy {
  const sigma = between(random, 0.05, 0.3);
  const draw = pick(random, [
    () => 1,
    () => Math.max(0, 1 + sigma * normal(random)),
    () => Math.exp(sigma * normal(random) - (sigma * sigma) / 2),
  ]);
  const stretchMs = pick(random, [STEP_MS, HOUR_MS]);
  let [stretch, factor] = [-1, 1];
  return (atMs) => {
    if (Math.floor(atMs / stretchMs) !== stretch) [stretch, factor] = [Math.floor(atMs / stretchMs), draw()];
    return factor;
  };
}
