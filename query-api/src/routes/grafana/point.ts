import type { z } from 'zod';
import { countParameter, rangeOf, timeParameter, type Range, type rangeParameters } from '../../parameters.ts';
import { stepFor } from './timeseries.ts';

/** One point of a chart instead of the whole range, for `z.strictObject` beside `rangeParameters`. */
export const pointParameters = {
  at: timeParameter.describe('only the bucket of a chart that starts here, as `timeseries` with the same range and points has it'),
  points: countParameter({ min: 1, max: 11_000, fallback: 300 }).describe('how many points the chart of `at` has at most'),
};

type Asked = z.output<z.ZodObject<typeof rangeParameters & typeof pointParameters>>;

/** The part of the range that the point stands for, or all of it. */
export function rangeOfPoint({ at, points, ...query }: Asked): Range {
  const { from, to } = rangeOf(query);
  return at === undefined
    ? { from, to }
    : { from: Math.max(from, at), to: Math.min(Math.max(to, at + 1), at + stepFor(to - from, points)) };
}
