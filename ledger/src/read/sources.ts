import type { Dimension } from '@tokenledger/model';
import type { Component } from './components.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** How a table names its columns: entries of the ledger, or one of the shapes of rollups; `sums` knows counts, cost and usage alone. */
export type SourceShape = 'entries' | 'usage' | 'sums';

/** A table that can answer for a part of a range. */
interface Source {
  readonly table:
    | 'calls'
    | 'spans'
    | 'usage_1m'
    | 'usage_1h'
    | 'customer_1h'
    | 'user_1d'
    | 'run_1d'
    | 'run_step_1d'
    | 'step_1h'
    | 'prompt_1d'
    | 'quality_1h';
  readonly shape: SourceShape;
  /** Its rows start at multiples of this. */
  readonly stepMs: number;
  /** Rows younger than this are surely there: the table's TTL in the migrations, less a day. */
  readonly keptMs: number;
}

const calls: Source = { table: 'calls', shape: 'entries', stepMs: 1, keptMs: 399 * DAY_MS };
const usageByMinute: Source = { table: 'usage_1m', shape: 'usage', stepMs: MINUTE_MS, keptMs: 34 * DAY_MS };
const usageByHour: Source = { table: 'usage_1h', shape: 'usage', stepMs: HOUR_MS, keptMs: 799 * DAY_MS };
const customerByHour: Source = { table: 'customer_1h', shape: 'sums', stepMs: HOUR_MS, keptMs: 799 * DAY_MS };
const userByDay: Source = { table: 'user_1d', shape: 'sums', stepMs: DAY_MS, keptMs: 799 * DAY_MS };
const COUNTS = ['calls', 'unpriced_calls', 'requests', 'errors', 'cost'] as const satisfies readonly Component[];

/** What each kind of rollup can tell, and its tables from coarse to fine. The first that fits is used. */
const ROLLUPS: readonly {
  readonly dimensions: ReadonlySet<Dimension>;
  readonly components: ReadonlySet<Component>;
  readonly tables: readonly Source[];
}[] = [
  {
    dimensions: new Set<Dimension>([
      'service',
      'environment',
      'team',
      'feature',
      'agent',
      'provider',
      'gateway',
      'operation',
      'request_model',
      'model',
      'service_tier',
      'region',
      'price_status',
      'status',
      'error_type',
      'estimated',
    ]),
    components: new Set<Component>([
      ...COUNTS,
      'estimated_calls',
      'failed_cost',
      'retryable_cost',
      'aborted_cost',
      'cache_savings',
      'usage',
      'cost_by_meter',
      'latency',
      'ttft',
    ]),
    tables: [usageByHour, usageByMinute],
  },
  {
    dimensions: new Set<Dimension>(['environment', 'team', 'feature', 'customer', 'provider', 'model']),
    components: new Set<Component>([...COUNTS, 'usage']),
    tables: [customerByHour],
  },
  {
    dimensions: new Set<Dimension>(['environment', 'team', 'customer', 'user']),
    components: new Set<Component>([...COUNTS, 'usage']),
    tables: [userByDay],
  },
];

/** `fromMs` ≤ time < `toMs`. */
export interface TimeRange {
  readonly fromMs: number;
  readonly toMs: number;
}

/** The parts of a time range that one table answers for. */
export interface Segment {
  readonly source: Source;
  readonly ranges: readonly TimeRange[];
}

export interface SegmentRequest extends TimeRange {
  /** Buckets of the answer, or `null` for one sum over the range. A table with coarser rows cannot fill them. */
  readonly stepMs: number | null;
  readonly dimensions: readonly Dimension[];
  readonly components: readonly Component[];
  readonly nowMs: number;
}

/**
 * Covers the range without gap or overlap: the middle by the coarsest rollup that knows all that is asked, what sticks out at
 * both ends by finer ones, the last milliseconds by the ledger's own entries. So the answer is exact for any range. Each table is asked once,
 * because asking costs more than what most of them read.
 */
export function planSegments({ fromMs, toMs, stepMs, dimensions, components, nowMs }: SegmentRequest): readonly Segment[] {
  const rollup = ROLLUPS.find(
    (kind) => dimensions.every((name) => kind.dimensions.has(name)) && components.every((name) => kind.components.has(name)),
  );
  const tables = (rollup?.tables ?? []).filter((table) => stepMs === null || stepMs % table.stepMs === 0);
  return byTable(cover(fromMs, toMs, [...tables, calls], nowMs));
}

const ROW_TABLES = { calls, spans: { table: 'spans', shape: 'entries', stepMs: 1, keptMs: 29 * DAY_MS } } as const satisfies Record<
  string,
  Source
>;

/** A rollup that answers one kind of question for its whole buckets, and the table whose rows it sums, for the rest. */
const PAIRS = {
  run_1d: { stepMs: DAY_MS, keptMs: 399 * DAY_MS, rows: ROW_TABLES.calls },
  run_step_1d: { stepMs: DAY_MS, keptMs: 399 * DAY_MS, rows: ROW_TABLES.spans },
  step_1h: { stepMs: HOUR_MS, keptMs: 799 * DAY_MS, rows: ROW_TABLES.spans },
  prompt_1d: { stepMs: DAY_MS, keptMs: 399 * DAY_MS, rows: ROW_TABLES.calls },
  quality_1h: { stepMs: HOUR_MS, keptMs: 799 * DAY_MS, rows: ROW_TABLES.calls },
} as const;

interface PairRequest extends Pick<SegmentRequest, 'fromMs' | 'toMs' | 'stepMs' | 'nowMs'> {
  /** False where the question needs what the rollup has not kept. */
  readonly isKnown: boolean;
}

/** As `planSegments`, for a question that only one rollup can answer. */
export function planPair(table: keyof typeof PAIRS, { fromMs, toMs, stepMs, nowMs, isKnown }: PairRequest): readonly Segment[] {
  const { rows, ...kept } = PAIRS[table];
  const fits = isKnown && (stepMs === null || stepMs % kept.stepMs === 0);
  return byTable(cover(fromMs, toMs, [...(fits ? [{ table, shape: 'sums', ...kept } as const] : []), rows], nowMs));
}

interface Piece extends TimeRange {
  readonly source: Source;
}

function byTable(pieces: readonly Piece[]): readonly Segment[] {
  return [...Map.groupBy(pieces, ({ source }) => source)].map(([source, of]) => ({
    source,
    ranges: of.map(({ fromMs, toMs }) => ({ fromMs, toMs })),
  }));
}

function cover(fromMs: number, toMs: number, [source, ...finer]: readonly Source[], nowMs: number): readonly Piece[] {
  if (source === undefined || fromMs >= toMs) return [];
  if (finer.length === 0) return [{ source, fromMs, toMs }];
  const start = ceilTo(Math.max(fromMs, nowMs - source.keptMs), source.stepMs);
  const end = floorTo(toMs, source.stepMs);
  if (start >= end) return cover(fromMs, toMs, finer, nowMs);
  return [...cover(fromMs, start, finer, nowMs), { source, fromMs: start, toMs: end }, ...cover(end, toMs, finer, nowMs)];
}

export const floorTo = (timeMs: number, stepMs: number) => Math.floor(timeMs / stepMs) * stepMs;
const ceilTo = (timeMs: number, stepMs: number) => Math.ceil(timeMs / stepMs) * stepMs;
