import { TraceFlags, isSpanContextValid, trace } from '@opentelemetry/api';
import type { Attributes, Context, HrTime, SpanContext, SpanKind, SpanStatus } from '@opentelemetry/api';
import type { Resource } from '@opentelemetry/resources';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import { SCOPE } from '../version.ts';

/** All there is to say of a span that is over already when it is told. */
export interface Finished {
  readonly name: string;
  readonly kind: SpanKind;
  readonly startMs: number;
  readonly endMs: number;
  readonly status: SpanStatus;
  readonly attributes: Attributes;
  readonly parent: Context;
  /** The ids it has already; else it gets some. */
  readonly ids?: SpanContext;
  /** What the app is, if somebody else than we knows. */
  readonly resource?: Resource;
}

const NONE: never[] = [];

/** A span as exporters take it, without the life that a span of the SDK has. */
export function toReadableSpan(finished: Finished, ours: Resource): ReadableSpan {
  const { resource = ours, name, kind, startMs, endMs, status, attributes, parent } = finished;
  const ids = finished.ids && isSpanContextValid(finished.ids) ? finished.ids : undefined;
  const around = trace.getSpanContext(parent);
  const parentSpanContext = around && isSpanContextValid(around) ? around : undefined;
  const traceId = ids?.traceId ?? parentSpanContext?.traceId ?? randomHex(32);
  const context: SpanContext = { traceId, spanId: ids?.spanId ?? randomHex(16), traceFlags: TraceFlags.SAMPLED };
  if (parentSpanContext?.traceState) context.traceState = parentSpanContext.traceState;
  return {
    name,
    kind,
    status,
    attributes,
    spanContext: () => context,
    ...(parentSpanContext && { parentSpanContext }),
    startTime: hrTime(startMs),
    endTime: hrTime(endMs),
    duration: hrTime(Math.max(0, endMs - startMs)),
    ended: true,
    resource,
    instrumentationScope: SCOPE,
    links: NONE,
    events: NONE,
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  };
}

function hrTime(ms: number): HrTime {
  const seconds = Math.floor(ms / 1_000);
  return [seconds, Math.round((ms - seconds * 1_000) * 1_000_000)];
}

const POOL_HEX = 8_192;
let pool = '';
let poolAt = 0;

/** As random as ids have to be that nobody else may happen on; fetched many at a time. */
function randomHex(digits: number): string {
  if (poolAt + digits > pool.length) {
    pool = process
      .getBuiltinModule('node:crypto')
      .randomBytes(POOL_HEX / 2)
      .toString('hex');
    poolAt = 0;
  }
  return pool.slice(poolAt, (poolAt += digits));
}
