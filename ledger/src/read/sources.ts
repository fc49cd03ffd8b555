import type { Dimension } from '@tokenledger/model';
import { USAGE_KEYS } from '../migrations/001-usage-sums.ts';
import type { Component, SourceShape } from './components.ts';

const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

/** A table that can answer for a part of a range. */
export interface Source {
  readonly table:
    | 'calls'
    | 'spans'
    | 'usage_1m'
    | 'usage_1h'
    | 'customer_1h'
    | 'user_1d'
    | 'run_1h'
    | 'run_step_1h'
    | 'step_1h'
    | 'prompt_1d'
    | 'prompt_1ms'
    | 'template_1h'
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
  /** True where every sum of a bucket is that of its parts, so that what sticks out of a range can be taken off again. */
  readonly isExact: boolean;
}[] = [
  {
    dimensions: new Set<Dimension>([...USAGE_KEYS, 'estimated']),
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
    // Cache savings are worked out from the sums of a bucket.
    isExact: false,
  },
  {
    dimensions: new Set<Dimension>(['environment', 'team', 'feature', 'customer', 'provider', 'model']),
    components: new Set<Component>([...COUNTS, 'usage']),
    tables: [customerByHour],
    isExact: true,
  },
  {
    dimensions: new Set<Dimension>(['environment', 'team', 'customer', 'user']),
    components: new Set<Component>([...COUNTS, 'usage']),
    tables: [userByDay],
    isExact: true,
  },
];

/** `fromMs` ≤ time < `toMs`. */
export interface TimeRange {
  readonly fromMs: number;
  readonly toMs: number;
}

/** The parts of a time range that one table answers for; those with a sign of -1 are in whole buckets that stick out of the range, and are taken off. */
export interface Segment {
  readonly source: Source;
  readonly sign: 1 | -1;
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
 * Covers the range exactly once: the middle by the coarsest rollup that knows all that is asked, what sticks out at
 * both ends by finer ones, the last milliseconds by the ledger's own entries. So the answer is exact for any range. Each table is asked once,
 * because asking costs more than what most of them read. Where less of a bucket is outside of the range than inside, the bucket is taken whole and
 * that less is taken off: of today, up to now, nothing.
 */
export function planSegments({ fromMs, toMs, stepMs, dimensions, components, nowMs }: SegmentRequest): readonly Segment[] {
  const rollup = ROLLUPS.find(
    (kind) => dimensions.every((name) => kind.dimensions.has(name)) && components.every((name) => kind.components.has(name)),
  );
  const tables = (rollup?.tables ?? []).filter((table) => stepMs === null || stepMs % table.stepMs === 0);
  return byTable(cover({ fromMs, toMs }, [...tables, calls], { nowMs, isExact: rollup?.isExact ?? false }));
}

export const ROW_TABLES = { calls, spans: { table: 'spans', shape: 'entries', stepMs: 1, keptMs: 29 * DAY_MS } } as const satisfies Record<
  string,
  Source
>;

export interface Piece extends TimeRange {
  readonly source: Source;
  readonly sign: 1 | -1;
}

function byTable(pieces: readonly Piece[]): readonly Segment[] {
  const groups = Map.groupBy(pieces, ({ source, sign }) => `${source.table} ${String(sign)}`);
  return [...groups.values()].flatMap((of) => {
    const [first] = of;
    return first ? [{ source: first.source, sign: first.sign, ranges: of.map(({ fromMs, toMs }) => ({ fromMs, toMs })) }] : [];
  });
}

interface Covering {
  readonly nowMs: number;
  readonly isExact: boolean;
}

export function cover({ fromMs, toMs }: TimeRange, [source, ...finer]: readonly Source[], how: Covering): readonly Piece[] {
  if (source === undefined || fromMs >= toMs) return [];
  if (finer.length === 0) return [{ source, sign: 1, fromMs, toMs }];
  const { nowMs, isExact } = how;
  const { stepMs } = source;
  const keptFromMs = ceilTo(nowMs - source.keptMs, stepMs);
  const inner = { fromMs: ceilTo(Math.max(fromMs, keptFromMs), stepMs), toMs: floorTo(toMs, stepMs) };
  const outer = { fromMs: floorTo(fromMs, stepMs), toMs: ceilTo(toMs, stepMs) };
  const isBetterWhole = (outsideMs: number, insideMs: number) => isExact && outsideMs < insideMs;
  const middle = {
    fromMs: outer.fromMs >= keptFromMs && isBetterWhole(fromMs - outer.fromMs, inner.fromMs - fromMs) ? outer.fromMs : inner.fromMs,
    // Nothing has happened yet of what is to come, or next to nothing.
    toMs: isBetterWhole(Math.min(outer.toMs, Math.max(toMs, nowMs)) - toMs, toMs - inner.toMs) ? outer.toMs : inner.toMs,
  };
  if (middle.fromMs >= middle.toMs) return cover({ fromMs, toMs }, finer, how);
  const between = (a: number, b: number, sign: 1 | -1) =>
    cover({ fromMs: a, toMs: b }, finer, how).map((piece) => ({ ...piece, sign: piece.sign === sign ? (1 as const) : (-1 as const) }));
  return [
    ...between(fromMs, middle.fromMs, 1),
    ...between(middle.fromMs, fromMs, -1),
    { source, sign: 1, ...middle },
    ...between(middle.toMs, toMs, 1),
    ...between(toMs, middle.toMs, -1),
  ];
}

export const floorTo = (timeMs: number, stepMs: number) => Math.floor(timeMs / stepMs) * stepMs;
const ceilTo = (timeMs: number, stepMs: number) => Math.ceil(timeMs / stepMs) * stepMs;
