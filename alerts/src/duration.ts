import { z } from 'zod';

const UNITS_MS = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const;
type Unit = keyof typeof UNITS_MS;

/** `90s`, `5m`, `1h`, `7d`, as Prometheus writes durations (one unit) → milliseconds. */
export const durationSchema = z
  .string()
  .regex(/^(0|[1-9]\d{0,5})[smhdw]$/, 'is no duration such as 90s, 5m, 1h, 7d')
  .transform((text) => Number(text.slice(0, -1)) * UNITS_MS[text.slice(-1) as Unit]);

/** The largest unit that divides it. */
export function formatDuration(ms: number): string {
  const units = Object.keys(UNITS_MS) as Unit[];
  const unit = units.findLast((name) => ms > 0 && ms % UNITS_MS[name] === 0) ?? 's';
  return `${ms / UNITS_MS[unit]}${unit}`;
}
