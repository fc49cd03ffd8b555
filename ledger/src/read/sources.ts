import type { Dimension } from '@tokenledger/model';
import type { Component } from './components.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** How a table names its columns: entries of the ledger, or one of the two shapes of rollups. */
export type SourceShape = 'entries' | 'usage' | 'user';

/** A table that can answer for spend. */
interface Source {
  readonly table: 'calls' | 'usage_1m' | 'usage_1h' | 'user_1d';
  readonly shape: SourceShape;
  /** Its rows start at multiples of this. */
  readonly stepMs: number;
  /** Rows younger than this are surely there: the table's TTL in the migrations, less a day. */
  readonly keptMs: number;
}

const calls: Source = { table: 'calls', shape: 'entries', stepMs: 1, keptMs: 399 * DAY_MS };
const usageByMinute: Source = { table: 'usage_1m', shape: 'usage', stepMs: MINUTE_MS, keptMs: 34 * DAY_MS };
const usageByHour: Source = { table: 'usage_1h', shape: 'usage', stepMs: HOUR_MS, keptMs: 799 * DAY_MS };
const userByDay: Source = { table: 'user_1d', shape: 'user', stepMs: DAY_MS, keptMs: 799 * DAY_MS };

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
      'calls',
      'unpriced_calls',
      'requests',
      'errors',
      'estimated_calls',
      'cost',
      'waste',
      'usage',
      'cost_by_meter',
      'latency',
      'ttft',
    ]),
    tables: [usageByHour, usageByMinute],
  },
  {
    dimensions: new Set<Dimension>(['environment', 'team', 'customer', 'user']),
    components: new Set<Component>(['calls', 'unpriced_calls', 'requests', 'errors', 'cost', 'usage']),
    tables: [userByDay],
  },
];

/** The part of a time range that one table answers for: `fromMs` ≤ time < `toMs`. */
export interface Segment {
  readonly source: Source;
  readonly fromMs: number;
  readonly toMs: number;
}

export interface SegmentRequest {
  readonly fromMs: number;
  readonly toMs: number;
  /** Buckets of the answer, or `null` for one sum over the range. A table with coarser rows cannot fill them. */
  readonly stepMs: number | null;
  readonly dimensions: readonly Dimension[];
  readonly components: readonly Component[];
  readonly nowMs: number;
}

/**
 * Covers the range without gap or overlap: the middle by the coarsest rollup that knows all that is asked, what sticks out at
 * both ends by finer ones, the last milliseconds by the ledger's own entries. So the answer is exact for any range.
 */
export function planSegments({ fromMs, toMs, stepMs, dimensions, components, nowMs }: SegmentRequest): readonly Segment[] {
  const rollup = ROLLUPS.find(
    (kind) => dimensions.every((name) => kind.dimensions.has(name)) && components.every((name) => kind.components.has(name)),
  );
  const tables = (rollup?.tables ?? []).filter((table) => stepMs === null || stepMs % table.stepMs === 0);
  return cover(fromMs, toMs, [...tables, calls], nowMs);
}

function cover(fromMs: number, toMs: number, [source, ...finer]: readonly Source[], nowMs: number): readonly Segment[] {
  if (source === undefined || fromMs >= toMs) return [];
  if (finer.length === 0) return [{ source, fromMs, toMs }];
  const start = ceilTo(Math.max(fromMs, nowMs - source.keptMs), source.stepMs);
  const end = floorTo(toMs, source.stepMs);
  if (start >= end) return cover(fromMs, toMs, finer, nowMs);
  return [...cover(fromMs, start, finer, nowMs), { source, fromMs: start, toMs: end }, ...cover(end, toMs, finer, nowMs)];
}

export const floorTo = (timeMs: number, stepMs: number) => Math.floor(timeMs / stepMs) * stepMs;
const ceilTo = (timeMs: number, stepMs: number) => Math.ceil(timeMs / stepMs) * stepMs;
