export * from './connect.ts';
export { EngineStartError } from './engine/engine-child.ts';
export { startEngine } from './engine/supervise.ts';
export type { Engine, EngineLog, EngineOptions } from './engine/supervise.ts';
export * from './errors.ts';
export type { MigrateOptions, MigrateResult } from './migrations/migrate.ts';
export type { Period, PeriodPage, PeriodPosition, PeriodQuery, StoredCall } from './period-calls.ts';
export type { CallDetail, CallSummary, StoredEntry } from './read/call-row.ts';
export type { CallsPage } from './read/calls.ts';
export { CALL_ORDERS, type CallOrder, type CallPosition, type CallsQuery } from './read/calls-sql.ts';
export type { Attribution, Coverage, Understood } from './read/coverage.ts';
export type { Filters } from './read/dimension-sql.ts';
export type { HistoriesQuery, SpendHistory } from './read/histories.ts';
export { MAX_ROWS } from './read/limits.ts';
export { NOTHING } from './read/sums.ts';
export { measureOf, MEASURES, type Measure, type MeasureValue } from './read/measures.ts';
export { BACKFILL } from './backfill.ts';
export { costOfBucket, type CostHistogram } from './read/cost-histogram.ts';
export {
  isVarianceGroup,
  PROMPT_KEYS,
  PROMPT_ORDERS,
  wholeVariance,
  withinShare,
  type GroupVariance,
  type PromptKey,
  type PromptSpread,
  type PromptVariance,
  type VarianceGroup,
} from './read/prompts.ts';
export { RUN_GROUPS, type Run, type RunGroup, type RunStatistics } from './read/runs.ts';
export { STEP_DIMENSIONS, STEP_GROUPS, type StepGroup, type StepSums } from './read/steps.ts';
export { ReadFailed, ReadTooHeavy } from './read/run-query.ts';
export { INTERVALS, type Interval, type SpendQuery, type SpendResult, type SpendRow } from './read/spend.ts';
export type { DimensionValue, DimensionValuesQuery, TenantReader } from './read/tenant-reader.ts';
export type { StepSummary, Trace, TraceSpan } from './read/trace.ts';
export type { TreeNode } from './read/trace-tree.ts';
export type { Drift, ReconcileOptions, ReconcileReport } from './reconcile.ts';
export type { RecallQuery, StoredSpan } from './recall.ts';
export type { TwinQuery, TwinsQuery } from './recall-twins.ts';
export type { PostedEntry, SharedQuery, SharedTrace } from './settling.ts';
export type { OpenBatch, WriteBatch } from './write/write-batch.ts';
