import type { Attribution, SpanIdentity, Step, StepRow, TenantId } from '@tokenledger/model';
import { clampedMs, originalMs } from './clamp-event-time.ts';
import { faceColumn, type FaceColumn, mixEnd } from './faces.ts';
import { NO_PARENT, spanId, traceId } from './ids.ts';
import { column, type Column, type Columns } from './native-block.ts';
import { dateTime64Utc, decimal64OfNumber, int64, lowCardinality, map, nullable, text } from './native-type.ts';

/** A span on its way into a table. `span` is a call or a step. */
export interface SpanRow<Span extends SpanIdentity & Attribution = SpanIdentity & Attribution> {
  readonly tenant: TenantId;
  readonly span: Span;
  readonly receivedMs: number;
  readonly insert: Insert;
}

/** What the rows of one insert have in common. */
export interface Insert {
  readonly recordedMs: number;
  readonly token: string;
}

const NOTHING = {};
const textMap = map(text);

/** The columns that `calls` and `spans` share; an absent text is stored as an empty one. */
export const SPAN_COLUMNS: readonly Column<SpanRow>[] = [
  column('time', dateTime64Utc, ({ span, receivedMs }) => clampedMs(span.timeMs, receivedMs)),
  column('original_time_ms', nullable(int64, 0), ({ span, receivedMs }) => originalMs(span.timeMs, receivedMs)),
  column('received_time', dateTime64Utc, (row) => row.receivedMs),
  column('recorded_at', dateTime64Utc, ({ insert }) => insert.recordedMs),
  column('trace_id', traceId, ({ span }) => span.traceId),
  column('span_id', spanId, ({ span }) => span.spanId),
  column('parent_span_id', spanId, ({ span }) => span.parentSpanId ?? NO_PARENT),
  column('duration_ms', decimal64OfNumber(3), ({ span }) => span.durationMs),
  column('customer', lowCardinality, ({ span }) => span.customer ?? ''),
  column('user', text, ({ span }) => span.user ?? ''),
  column('session', text, ({ span }) => span.session ?? ''),
  column('run', text, ({ span }) => span.run ?? ''),
  column('tags', textMap, ({ span }) => span.tags ?? NOTHING),
];

export interface SpanFace extends Pick<
  SpanIdentity & Attribution,
  'name' | 'status' | 'errorType' | 'service' | 'environment' | 'team' | 'feature' | 'agent'
> {
  readonly tenant: TenantId;
  readonly token: string;
  readonly scopeName: string | undefined;
  readonly scopeVersion: string | undefined;
}

export const spanFaceOf = ({ tenant, insert, span }: SpanRow): SpanFace => ({
  tenant,
  token: insert.token,
  name: span.name,
  status: span.status,
  errorType: span.errorType,
  scopeName: span.scope?.name,
  scopeVersion: span.scope?.version,
  service: span.service,
  environment: span.environment,
  team: span.team,
  feature: span.feature,
  agent: span.agent,
});

export const hashOfSpan = ({ span }: SpanRow): number =>
  mixEnd(mixEnd(mixEnd(mixEnd(0, span.name), span.service), span.feature), span.agent);

export const hasSpanFace = ({ tenant, insert, span }: SpanRow, face: SpanFace): boolean =>
  face.name === span.name &&
  face.service === span.service &&
  face.feature === span.feature &&
  face.team === span.team &&
  face.agent === span.agent &&
  face.environment === span.environment &&
  face.status === span.status &&
  face.errorType === span.errorType &&
  face.scopeName === span.scope?.name &&
  face.scopeVersion === span.scope?.version &&
  face.tenant === tenant &&
  face.token === insert.token;

export const SPAN_FACE_COLUMNS: readonly FaceColumn<SpanFace>[] = [
  faceColumn('tenant', lowCardinality, ({ tenant }) => tenant),
  faceColumn('insert_token', lowCardinality, ({ token }) => token),
  faceColumn('name', lowCardinality, ({ name }) => name),
  faceColumn('status', lowCardinality, ({ status }) => status),
  faceColumn('error_type', lowCardinality, ({ errorType }) => errorType ?? ''),
  faceColumn('scope_name', lowCardinality, ({ scopeName }) => scopeName ?? ''),
  faceColumn('scope_version', lowCardinality, ({ scopeVersion }) => scopeVersion ?? ''),
  faceColumn('service', lowCardinality, ({ service }) => service ?? ''),
  faceColumn('environment', lowCardinality, ({ environment }) => environment ?? ''),
  faceColumn('team', lowCardinality, ({ team }) => team ?? ''),
  faceColumn('feature', lowCardinality, ({ feature }) => feature ?? ''),
  faceColumn('agent', lowCardinality, ({ agent }) => agent ?? ''),
];

interface StepFace extends SpanFace, Pick<Step, 'kind' | 'evidence'> {}

export interface FacedStep extends SpanRow<Step> {
  face: StepFace | undefined;
}

export function toFacedStep({ tenant, step }: StepRow, insert: Insert): FacedStep {
  return { tenant, span: step, receivedMs: step.receivedMs ?? insert.recordedMs, insert, face: undefined };
}

export const STEP_COLUMNS: Columns<FacedStep, StepFace> = {
  own: [...SPAN_COLUMNS, column('attributes', textMap, ({ span }) => span.attributes)],
  faces: {
    faceOf: (row) => ({ ...spanFaceOf(row), kind: row.span.kind, evidence: row.span.evidence }),
    hashOf: hashOfSpan,
    hasFace: (row, face) => hasSpanFace(row, face) && face.kind === row.span.kind && face.evidence === row.span.evidence,
    columns: [
      ...SPAN_FACE_COLUMNS,
      faceColumn('kind', lowCardinality, ({ kind }) => kind),
      faceColumn('evidence', lowCardinality, ({ evidence }) => evidence),
    ],
  },
};
