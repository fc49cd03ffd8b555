import { z } from 'zod';

const matcher = z.strictObject({ name: z.string().min(1).max(100), value: z.string().max(1000) });

const PERIODS_MS = { daily: 86_400_000, weekly: 7 * 86_400_000 } as const;

/**
 * Alerts whose labels match every matcher are not told between two times: a silence, or a maintenance window when it starts later. One that
 * repeats does so every day or week (UTC) until it is removed.
 */
export const silenceSchema = z
  .strictObject({
    matchers: z.array(matcher).min(1).max(20),
    starts_at: z.iso.datetime({ offset: true }),
    ends_at: z.iso.datetime({ offset: true }),
    repeat: z.enum(['daily', 'weekly']).optional(),
    comment: z.string().max(1000).default(''),
    created_by: z.string().max(200).default(''),
  })
  .refine(({ starts_at, ends_at }) => Date.parse(starts_at) < Date.parse(ends_at), {
    path: ['ends_at'],
    message: 'must be after starts_at',
  })
  .refine(({ starts_at, ends_at, repeat }) => !repeat || Date.parse(ends_at) - Date.parse(starts_at) < PERIODS_MS[repeat], {
    path: ['repeat'],
    message: 'must leave a time in which it is not quiet',
  });
export type SilenceInput = z.output<typeof silenceSchema>;
export interface Silence extends SilenceInput {
  readonly id: string;
}

type Labels = Readonly<Record<string, string>>;

export function isSilenced(labels: Labels, silences: readonly Silence[], now: number): boolean {
  return silences.some((silence) => isOn(silence, now) && silence.matchers.every(({ name, value }) => labels[name] === value));
}

function isOn({ starts_at, ends_at, repeat }: Silence, now: number): boolean {
  const startMs = Date.parse(starts_at);
  const since = repeat ? (now - startMs) % PERIODS_MS[repeat] : now - startMs;
  return now >= startMs && since < Date.parse(ends_at) - startMs;
}

interface Loud {
  readonly labels: Labels;
  readonly measure: string;
  readonly dimensions: readonly string[];
}
const RANKS: Readonly<Record<string, number>> = { info: 0, warning: 1, critical: 2 };
const rankOf = ({ labels }: Loud) => RANKS[labels['severity'] ?? ''] ?? 0;

/** A worse alert about the same measure of the same series already says it. */
export function isInhibited(alert: Loud, firing: readonly Loud[]): boolean {
  return firing.some(
    (other) =>
      rankOf(other) > rankOf(alert) &&
      other.measure === alert.measure &&
      other.dimensions.length === alert.dimensions.length &&
      alert.dimensions.every((name) => other.dimensions.includes(name) && other.labels[name] === alert.labels[name]),
  );
}
