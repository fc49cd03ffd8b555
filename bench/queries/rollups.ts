import type { SpendQuery, TenantReader } from '@tokenledger/ledger';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

interface Question {
  readonly name: string;
  /** Ranges end at a whole one of these: rollups alone answer. */
  readonly stepMs: number;
  readonly rangeMs: number;
  /** Of 95 % of the answers. */
  readonly allowedMs: number;
  readonly query: Omit<SpendQuery, 'from' | 'to'>;
}

const SUMS = { allowedMs: 25, stepMs: HOUR_MS, rangeMs: 30 * DAY_MS } as const;
const QUANTILES = { allowedMs: 50, stepMs: HOUR_MS, rangeMs: 30 * DAY_MS } as const;
const PERCENTILES = ['latency_p50', 'latency_p95', 'latency_p99'] as const;

/** What dashboards ask most of rollups: figures, a series, a ranking, quantiles. */
const QUESTIONS: readonly Question[] = [
  { ...SUMS, name: 'cost, calls and errors', query: { measures: ['cost', 'calls', 'error_rate'] } },
  { ...SUMS, name: 'cost by team and day', query: { measures: ['cost'], groupBy: ['team'], interval: 'day' } },
  {
    ...SUMS,
    name: 'cost by model and hour, 7 days',
    rangeMs: 7 * DAY_MS,
    query: { measures: ['cost'], groupBy: ['model'], interval: 'hour' },
  },
  { ...SUMS, name: 'calls and cost by feature', query: { measures: ['cost', 'calls'], groupBy: ['feature'] } },
  {
    ...SUMS,
    name: 'cost by model and minute, 6 hours',
    stepMs: MINUTE_MS,
    rangeMs: 6 * HOUR_MS,
    query: { measures: ['cost'], groupBy: ['model'], interval: 'minute' },
  },
  { ...SUMS, name: 'cost of the last 5 minutes', stepMs: MINUTE_MS, rangeMs: 5 * MINUTE_MS, query: { measures: ['cost'] } },
  { ...QUANTILES, name: 'latency by model', query: { measures: PERCENTILES, groupBy: ['model'] } },
  { ...QUANTILES, name: 'latency by model, 24 hours', rangeMs: DAY_MS, query: { measures: PERCENTILES, groupBy: ['model'] } },
];

export interface RollupTimes {
  readonly name: string;
  readonly p50: number;
  readonly p95: number;
  readonly allowedMs: number;
}

/** Asks each question of the ledger's reader so many times, each of another range, warm. Milliseconds. */
export async function timeRollups(reader: TenantReader, endMs: number, repeats: number): Promise<readonly RollupTimes[]> {
  const all: RollupTimes[] = [];
  for (const { name, stepMs, rangeMs, allowedMs, query } of QUESTIONS) {
    const times: number[] = [];
    for (let round = 0; round <= repeats; round++) {
      const to = (Math.floor(endMs / stepMs) - round) * stepMs;
      const began = performance.now();
      await reader.spend({ ...query, from: to - rangeMs, to });
      // The first one finds everything cold.
      if (round > 0) times.push(performance.now() - began);
    }
    times.sort((a, b) => a - b);
    const at = (share: number) => Number((times[Math.min(times.length - 1, Math.floor(share * times.length))] ?? Number.NaN).toFixed(1));
    all.push({ name, p50: at(0.5), p95: at(0.95), allowedMs });
  }
  return all;
}
