import type { InstrumentationScope } from '@opentelemetry/core';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import type { TracerProvider } from '@opentelemetry/api';
import { processorsOf } from '../app-provider.ts';

/** A span of SDK 1, where parent and scope have other names. */
interface OlderSpan extends ReadableSpan {
  readonly parentSpanId?: string;
  readonly instrumentationLibrary?: InstrumentationScope;
}
interface Batching {
  readonly _finishedSpans?: unknown;
}

/**
 * What the batching processors of an app's SDK have not handed to their exporter yet. The list has had this name through releases 1 to 3;
 * where it is missing nothing is known to wait.
 */
export function heldBack(provider: TracerProvider): ReadableSpan[] {
  const processors: readonly Batching[] = processorsOf(provider) ?? [];
  const lists = processors.map(({ _finishedSpans }) => (Array.isArray(_finishedSpans) ? (_finishedSpans as OlderSpan[]) : []));
  return [...new Set(lists.flat())].map(inNewWords);
}

function inNewWords(span: OlderSpan): ReadableSpan {
  if (!span.instrumentationLibrary) return span;
  const parent = span.parentSpanId && { ...span.spanContext(), spanId: span.parentSpanId };
  return Object.create(span, {
    instrumentationScope: { value: span.instrumentationLibrary },
    parentSpanContext: { value: parent || undefined },
  }) as ReadableSpan;
}
