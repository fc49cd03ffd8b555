import type { ClickHouseClient } from '@clickhouse/client';
import type { Attribution, Call, SpanIdentity, TenantId } from '@tokenledger/model';
import { unavailable } from './errors.ts';
import {
  CALLS_PER_TWINS_QUERY,
  SCOPES_SQL,
  scopesParameters,
  TRACES_OF_TWINS_SQL,
  type TwinsQuery,
  twinsParameters,
  withOthers,
} from './recall-twins.ts';
import { STORED_CALL_SELECT, STORED_CALL_SETTINGS, toCall, type StoredCallRow } from './stored-call.ts';
import { NEWEST_STEP } from './newest-steps.ts';
import { isTraceId, toTraceId } from './stored-ids.ts';
import { STORED_SPAN_SELECT, type StoredSpanRow, toSpan } from './stored-span.ts';

export interface StoredSpan {
  readonly traceId: string;
  readonly spanId: string;
  /** Of the newest entry; 0 for a step. */
  readonly version: number;
  readonly evidence: string;
  /** What the row says of the span, whatever it is. */
  readonly span: SpanIdentity & Attribution;
  /** The call's present facts; absent for a step. */
  readonly call?: Call | undefined;
}

/** What to recall; the parts add up. */
export interface RecallQuery {
  readonly traceIds?: readonly string[] | undefined;
  /** Recalls every trace that has a call with one of these response ids. An id that more than 256 calls name is none of a response. */
  readonly responseIds?: readonly string[] | undefined;
  /** Recalls traces in which another instrumentation may have told of the same requests: see recall-twins.ts for how many at most. */
  readonly twins?: TwinsQuery | undefined;
  /**
   * Look only at spans of this time (epoch milliseconds, both ends included); absent: at all that is stored. A look-up of ids that
   * are not there costs in proportion to the rows of this time. A span whose event time could not be true lies at its time of receipt.
   */
  readonly fromMs?: number | undefined;
  readonly toMs?: number | undefined;
  /**
   * Leaves out what the batch of this token wrote: what was stored before it. For a writer that does not know whether its last batch
   * arrived whole, and must make the same rows again to repeat it.
   */
  readonly exceptToken?: string | undefined;
}

/** A parameter may have 128 KiB. */
const IDS_PER_QUERY = 2000;
const MOST_SHARING_AN_ID = 256;

/** Everything stored for these traces, each span in its newest version: what a late span is judged against. Sees its own writes. */
export async function recall(client: ClickHouseClient, tenant: TenantId, query: RecallQuery): Promise<readonly StoredSpan[]> {
  const { fromMs = EARLIEST_MS, toMs = LATEST_MS, exceptToken = '' } = query;
  const select = async <Row>(sql: string, parameters: Record<string, unknown>): Promise<readonly Row[]> => {
    const query_params = { tenant, from: storable(fromMs), to: storable(toMs), except: exceptToken, ...parameters };
    const result = await client.query({
      query: sql,
      query_params,
      format: 'JSONEachRow',
      clickhouse_settings: STORED_CALL_SETTINGS,
      use_multipart_params: true,
    });
    return result.json<Row>();
  };
  try {
    const traceIds = new Set(query.traceIds?.filter(isTraceId));
    for (const ids of parts(query.responseIds, IDS_PER_QUERY))
      for (const row of await select<TraceRow>(TRACES_OF_RESPONSES_SQL, { ids })) traceIds.add(toTraceId(row.trace_id));
    for (const calls of parts(query.twins?.calls, CALLS_PER_TWINS_QUERY)) {
      if (!query.twins) break;
      const asked = { ...query.twins, calls };
      const several = withOthers(calls, await select<ScopeRow>(SCOPES_SQL, scopesParameters(asked)));
      if (several.length === 0) continue;
      for (const row of await select<TraceRow>(TRACES_OF_TWINS_SQL, twinsParameters({ ...asked, calls: several })))
        traceIds.add(toTraceId(row.trace_id));
    }
    const spans: StoredSpan[] = [];
    for (const ids of parts([...traceIds], IDS_PER_QUERY)) {
      const [calls, steps] = await Promise.all([select<CallRow>(CALLS_SQL, { ids }), select<StepRow>(STEPS_SQL, { ids })]);
      spans.push(...withoutTwins(calls.map(toStoredCall), steps.map(toStoredStep)));
    }
    return spans;
  } catch (cause) {
    throw unavailable('cannot recall', cause);
  }
}

/** What DateTime64(3) can be compared with. */
const EARLIEST_MS = 0;
const LATEST_MS = 10_413_791_999_999;
const storable = (ms: number) => Math.floor(Math.min(Math.max(ms, EARLIEST_MS), LATEST_MS));

type CallRow = StoredCallRow & { readonly version: number };
type StepRow = StoredSpanRow & { readonly evidence: string };

type TraceRow = Readonly<Record<'trace_id', string>>;
type ScopeRow = Readonly<Record<'service' | 'scope_name', string>>;

const WHERE = `WHERE tenant = {tenant:String} AND time >= fromUnixTimestamp64Milli({from:Int64}) AND time <= fromUnixTimestamp64Milli({to:Int64})
AND ({except:String} = '' OR insert_token != {except:String})`;

const TRACES_OF_RESPONSES_SQL = `SELECT DISTINCT arrayJoin(calls_).1 AS trace_id FROM (
  SELECT groupUniqArray(${MOST_SHARING_AN_ID + 1})((trace_id, span_id)) AS calls_ FROM calls ${WHERE} AND response_id IN {ids:Array(String)}
  GROUP BY response_id HAVING length(calls_) <= ${MOST_SHARING_AN_ID}
)`;

const CALLS_SQL = `SELECT version, ${STORED_CALL_SELECT} FROM calls ${WHERE} AND trace_id IN {ids:Array(UUID)}
ORDER BY version DESC LIMIT 1 BY trace_id, span_id`;

const STEPS_SQL = `SELECT ${STORED_SPAN_SELECT}, evidence FROM spans ${WHERE} AND trace_id IN {ids:Array(UUID)}
ORDER BY ${NEWEST_STEP} LIMIT 1 BY trace_id, span_id`;

function toStoredCall(row: CallRow): StoredSpan {
  const call = toCall(row);
  return { traceId: call.traceId, spanId: call.spanId, version: row.version, evidence: row.evidence, span: call, call };
}

function toStoredStep(row: StepRow): StoredSpan {
  const span = toSpan(row);
  return { traceId: span.traceId, spanId: span.spanId, version: 0, evidence: row.evidence, span };
}

/** A span that was a step before it was known to be a call is a call. */
function withoutTwins(calls: readonly StoredSpan[], steps: readonly StoredSpan[]): readonly StoredSpan[] {
  const known = new Set(calls.map(({ traceId, spanId }) => `${traceId}/${spanId}`));
  return [...calls, ...steps.filter(({ traceId, spanId }) => !known.has(`${traceId}/${spanId}`))];
}

function parts<T>(all: readonly T[] = [], size: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_, part) => all.slice(part * size, (part + 1) * size));
}
