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
  readonly _finishedSpans: readonly OlderSpan[];
}

/**
 * What the batching processors of an app's SDK have not handed to their exporter yet, be they in its list or inside one that is. What they
 * hold has had this name through releases 1 to 3; where it is missing nothing is known to wait.
 */
export function heldBack(provider: TracerProvider): ReadableSpan[] {
  const processors = (processorsOf(provider) ?? []).flatMap((processor) => [processor, ...Object.values(processor).flat()]);
  const lists = processors.map((each) => (isBatching(each) ? each._finishedSpans : []));
  return [...new Set(lists.flat())].map(inNewWords);
}

function isBatching(value: unknown): value is Batching {
  // Exporters for tests keep what they got under the same name.
  if (typeof value !== 'object' || value === null || !('onEnd' in value)) return false;
  return '_finishedSpans' in value && Array.isArray(value._finishedSpans);
}

function inNewWords(span: OlderSpan): ReadableSpan {
  if (!span.instrumentationLibrary) return span;
  const parent = span.parentSpanId && { ...span.spanContext(), spanId: span.parentSpanId };
  return Object.create(span, {
    instrumentationScope: { value: span.instrumentationLibrary },
    parentSpanContext: { value: parent || undefined },
  }) as ReadableSpan;
}
