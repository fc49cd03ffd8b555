import type { CreateTable, CreateView } from './change.ts';

/** A table of sums, the view that feeds it, and what reconciliation must know of both. */
export interface Rollup {
  readonly create: CreateTable;
  /** How it is fed; the view may read what another view has summed. */
  readonly view: CreateView;
  /** The same from the rows themselves. Rows of one key may be several. */
  readonly sumOf: Pick<CreateView, 'from' | 'select' | 'groupBy'>;
  /** What its sums are compared with entries by: its rows are of that or of less. */
  readonly bucket: Bucket;
  readonly keptDays: number;
  /** What a row is a sum of, beside `tenant` and `time`. */
  readonly keys: readonly string[];
  readonly numbers: readonly string[];
  readonly maps: readonly string[];
}

export type Bucket = 'minute' | 'hour' | 'day';

/** `toStartOfMinute` and its like give a DateTime('UTC'): the time zone of `time`, never the server's. */
export const startOf = {
  minute: 'toStartOfMinute(toDateTime(time))',
  hour: 'toStartOfHour(toDateTime(time))',
  day: 'toStartOfDay(toDateTime(time))',
  millisecond: 'time',
} as const;
