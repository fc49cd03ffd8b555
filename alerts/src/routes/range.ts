import { z } from 'zod';
import type { Window } from '../conditions/series.ts';

const time = z
  .string()
  .refine((text) => /^\d{1,15}$/.test(text) || !Number.isNaN(Date.parse(text)), 'is no time: write RFC 3339 or epoch milliseconds')
  .transform((text) => (/^\d+$/.test(text) ? Number(text) : Date.parse(text)));

export const rangeParameters = {
  from: time.optional().describe('first instant: RFC 3339 or epoch milliseconds; default: a week before `to`'),
  to: time.optional().describe('first instant after; default: now'),
};

const WEEK_MS = 7 * 86_400_000;

export function rangeOf({ from, to }: { readonly from?: number | undefined; readonly to?: number | undefined }): Window {
  const end = to ?? Date.now() + 1;
  return { from: from ?? end - WEEK_MS, to: end };
}

export const toTime = (ms: number) => new Date(ms).toISOString();
export const labelsSchema = z.record(z.string(), z.string());
