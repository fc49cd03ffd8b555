import type { Attributes, HrTime, SpanContext } from '@opentelemetry/api';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';

/**
 * Spans as an OTLP request in JSON. At the end of a process, where nothing can be loaded or awaited any more, it stands in for the
 * exporter's own serializer. Source: opentelemetry-proto, trace/v1/trace.proto, and the OTLP specification, JSON encoding.
 */
export function toOtlpJson(spans: readonly ReadableSpan[]): string {
  const resourceSpans = [...Map.groupBy(spans, ({ resource }) => resource)].map(([resource, ofResource]) => ({
    resource: { attributes: keyValues(resource.attributes) },
    scopeSpans: [...Map.groupBy(ofResource, ({ instrumentationScope }) => instrumentationScope)].map(([{ name, version }, ofScope]) => ({
      scope: { name, version },
      spans: ofScope.map(toSpan),
    })),
  }));
  return JSON.stringify({ resourceSpans });
}

function toSpan(span: ReadableSpan): object {
  return {
    ...idsOf(span.spanContext(), span.parentSpanContext?.isRemote),
    parentSpanId: span.parentSpanContext?.spanId,
    name: span.name,
    // The API counts kinds from 0, the protocol from 1.
    kind: span.kind + 1,
    startTimeUnixNano: nanoseconds(span.startTime),
    endTimeUnixNano: nanoseconds(span.endTime),
    attributes: keyValues(span.attributes),
    droppedAttributesCount: span.droppedAttributesCount,
    events: span.events.map(({ name, time, attributes }) => ({
      name,
      timeUnixNano: nanoseconds(time),
      attributes: keyValues(attributes ?? {}),
    })),
    links: span.links.map(({ context, attributes }) => ({ ...idsOf(context, context.isRemote), attributes: keyValues(attributes ?? {}) })),
    status: { code: span.status.code, message: span.status.message },
  };
}

/** Flags: those of W3C, whether it is known where the parent (or what is linked) runs, and whether that is elsewhere. */
function idsOf({ traceId, spanId, traceFlags }: SpanContext, isRemote: boolean | undefined): object {
  return { traceId, spanId, flags: traceFlags | 0x100 | (isRemote ? 0x200 : 0) };
}

function nanoseconds([seconds, nanos]: HrTime): string {
  return String(BigInt(seconds) * 1_000_000_000n + BigInt(nanos));
}

function keyValues(attributes: Attributes): readonly object[] {
  return Object.entries(attributes).flatMap(([key, value]) =>
    value === undefined || value === null ? [] : [{ key, value: anyValue(value) }],
  );
}

function anyValue(value: unknown): object {
  if (Array.isArray(value)) return { arrayValue: { values: value.map(anyValue) } };
  if (typeof value === 'boolean') return { boolValue: value };
  if (typeof value !== 'number') return { stringValue: String(value) };
  return Number.isSafeInteger(value) ? { intValue: String(value) } : { doubleValue: value };
}
