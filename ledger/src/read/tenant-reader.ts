import type { ClickHouseClient } from '@clickhouse/client';
import type { Dimension, TenantId } from '@tokenledger/model';
import { rememberNames } from './apart-names.ts';
import { readCall, readCalls, type CallsPage } from './calls.ts';
import type { CallsQuery } from './calls-sql.ts';
import type { CallDetail } from './call-row.ts';
import {
  readAttribution,
  readCoverage,
  readEmitters,
  readNotBillable,
  readUnderstood,
  type Attribution,
  type Coverage,
  type Range,
  type Understood,
} from './coverage.ts';
import type { CostHistogram } from './cost-histogram.ts';
import { readHistories, type HistoriesQuery, type SpendHistory } from './histories.ts';
import { readLag, type Lag } from './lag.ts';
import {
  readCostHistogram,
  readPrompts,
  readPromptVariance,
  type GroupVariance,
  type PromptSpread,
  type PromptsQuery,
  type VarianceQuery,
} from './prompts.ts';
import { runQueryFor } from './run-query.ts';
import { readRuns, readRunStatistics, type Run, type RunsQuery, type RunStatistics, type RunStatisticsQuery } from './runs.ts';
import { readSteps, type StepsQuery, type StepSums } from './steps.ts';
import { readSpend, type SpendQuery, type SpendResult } from './spend.ts';
import { readTrace, type Trace } from './trace.ts';

export interface DimensionValue {
  /** `null` where nobody said. */
  readonly value: string | null;
  readonly calls: number;
}

export interface DimensionValuesQuery extends Pick<SpendQuery, 'from' | 'to' | 'filters' | 'limit' | 'search'> {
  readonly dimension: Dimension;
}

/**
 * The only way to read: everything it says is of one tenant. Times are epoch milliseconds, money is pico-USD.
 * Methods throw `LedgerUnavailable` (try again), `ReadTooHeavy` (ask for less) or `ReadFailed` (a bug).
 */
export interface TenantReader {
  /** Sums of the tenant's entries by time and dimension. Exact for any range, whichever tables answer. */
  readonly spend: (query: SpendQuery) => Promise<SpendResult>;
  /** Calls and cost of many groups in buckets, for statistics. */
  readonly histories: (query: HistoriesQuery) => Promise<readonly SpendHistory[]>;
  /** Calls as they are understood now, newest first. */
  readonly calls: (query: CallsQuery) => Promise<CallsPage>;
  readonly call: (traceId: string, spanId: string) => Promise<CallDetail | undefined>;
  /** Calls and steps of a trace in the order of a tree. */
  readonly trace: (traceId: string) => Promise<Trace | undefined>;
  readonly coverage: (range: Range) => Promise<Coverage>;
  /** Parts of it, for who needs no more. */
  readonly understood: (range: Range) => Promise<Understood>;
  readonly attribution: (range: Range) => Promise<Attribution>;
  readonly emitters: (range: Range) => Promise<Coverage['emitters']>;
  readonly notBillable: (range: Range) => Promise<Coverage['notBillable']>;
  /** What the same prompt cost from call to call. */
  readonly prompts: (query: PromptsQuery) => Promise<readonly PromptSpread[]>;
  readonly promptVariance: (query: VarianceQuery) => Promise<readonly GroupVariance[]>;
  readonly costHistogram: (query: Pick<PromptsQuery, 'from' | 'to' | 'filters'>) => Promise<CostHistogram>;
  /** The dearest runs of agents, and what runs cost together. */
  readonly runs: (query: RunsQuery) => Promise<readonly Run[]>;
  readonly runStatistics: (query: RunStatisticsQuery) => Promise<readonly RunStatistics[]>;
  readonly steps: (query: StepsQuery) => Promise<readonly StepSums[]>;
  readonly lag: () => Promise<Lag>;
  /** What a dimension was, most calls first. */
  readonly dimensionValues: (query: DimensionValuesQuery) => Promise<readonly DimensionValue[]>;
}

export function createTenantReader(client: ClickHouseClient, tenant: TenantId, now: () => number = Date.now): TenantReader {
  const run = runQueryFor(client, tenant);
  const namesOf = rememberNames(run);
  const spend = (query: SpendQuery) => readSpend(run, query, now());
  return {
    spend,
    histories: (query) => readHistories(run, query, now()),
    calls: (query) => readCalls(run, query),
    call: (traceId, spanId) => readCall(run, traceId, spanId),
    trace: (traceId) => readTrace(run, traceId),
    coverage: (range) => readCoverage(run, spend, range, now()),
    understood: (range) => readUnderstood(run, spend, range, now()),
    attribution: (range) => readAttribution(run, range, now()),
    emitters: (range) => readEmitters(run, range, now()),
    notBillable: (range) => readNotBillable(run, range),
    prompts: (query) => readPrompts(run, query, now()),
    promptVariance: (query) => readPromptVariance(run, namesOf, query, now()),
    costHistogram: (query) => readCostHistogram(run, query, now()),
    runs: (query) => readRuns(run, query, now()),
    runStatistics: (query) => readRunStatistics(run, namesOf, query, now()),
    steps: (query) => readSteps(run, query, now()),
    lag: () => readLag(run, now()),
    dimensionValues: async ({ dimension, ...query }) => {
      const { rows } = await spend({ ...query, groupBy: [dimension], measures: ['calls'] });
      return rows.map(({ dimensions, measures }) => ({ value: dimensions[dimension] ?? null, calls: Number(measures['calls']) }));
    },
  };
}
