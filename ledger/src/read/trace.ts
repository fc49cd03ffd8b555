import type { Step } from '@tokenledger/model';
import { ENTRY_SUMMARY_SELECT, groupByCall, toCallSummary, type CallSummary, type EntrySummaryRow } from './call-row.ts';
import { OF_TENANT, READ_SETTINGS } from './limits.ts';
import type { RunQuery } from './run-query.ts';
import { STORED_SPAN_SELECT, toSpan, type StoredSpanRow } from '../stored-span.ts';
import { NEWEST_STEP } from '../newest-steps.ts';
import { isTraceId } from '../stored-ids.ts';
import { orderTree, type TreeNode } from './trace-tree.ts';

/** Spans of one trace beyond this are cut off; a trace view of more helps nobody. */
const MAX_SPANS = 10_000;

export const CALLS_OF_TRACE_SQL = `SELECT ${ENTRY_SUMMARY_SELECT}
FROM calls
WHERE ${OF_TENANT} AND trace_id = {trace_id:UUID}
ORDER BY time, span_id, version
LIMIT ${MAX_SPANS}
${READ_SETTINGS}`;

/** Of a step that was sent again the newest row counts. */
export const STEPS_OF_TRACE_SQL = `SELECT ${STORED_SPAN_SELECT}, kind, attributes
FROM spans
WHERE ${OF_TENANT} AND trace_id = {trace_id:UUID}
ORDER BY ${NEWEST_STEP}
LIMIT 1 BY span_id
LIMIT ${MAX_SPANS}
${READ_SETTINGS}`;

export type StepSummary = Omit<Step, 'evidence'>;

interface StepSelectRow extends StoredSpanRow {
  readonly kind: string;
  readonly attributes: Readonly<Record<string, string>>;
}

export type TraceSpan =
  | { readonly call: CallSummary; readonly step?: undefined }
  | { readonly step: StepSummary; readonly call?: undefined };

/** Parents before children, siblings by time; a span whose parent is unknown is a root. */
export type Trace = readonly TreeNode<TraceSpan>[];

/** `undefined` when the tenant has no such trace. */
export async function readTrace(run: RunQuery, traceId: string): Promise<Trace | undefined> {
  if (!isTraceId(traceId)) return undefined;
  const params = { trace_id: traceId };
  const [entries, steps] = await Promise.all([
    run<EntrySummaryRow>(CALLS_OF_TRACE_SQL, params),
    run<StepSelectRow>(STEPS_OF_TRACE_SQL, params),
  ]);
  const calls = [...groupByCall(entries).values()].map(toCallSummary);
  // A span may have been taken for a step before its usage arrived: then the call is the better word on it.
  const known = new Set(calls.map((call) => call.spanId));
  const spans: readonly TraceSpan[] = [
    ...calls.map((call) => ({ call })),
    ...steps
      .map(decodeStep)
      .filter((step) => !known.has(step.spanId))
      .map((step) => ({ step })),
  ];
  return spans.length === 0 ? undefined : orderTree(spans, identify, (span) => span.call?.cost ?? 0n);
}

const identify = (span: TraceSpan) => span.call ?? span.step;

function decodeStep(row: StepSelectRow): StepSummary {
  return { ...toSpan(row), kind: row.kind, attributes: row.attributes };
}
