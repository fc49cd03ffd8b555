import { trace } from '@opentelemetry/api';
import { SpanContextProcessor } from './export/span-context-processor.ts';

interface ProcessorHolder {
  readonly _activeSpanProcessor?: { readonly _spanProcessors?: unknown };
}

const attached = new WeakSet<object>();

/**
 * Joins the app's own provider, so that attribution is on all its spans and enclosing ones are found. SDKs since 2.0 offer no
 * way to add a processor later; their list of processors has had this name through releases 1 to 3. Where it is missing, only
 * spans between a model call and its HTTP span stay unfound.
 */
export function attachToProvider(): void {
  const provider = trace.getTracerProvider();
  const delegate = 'getDelegate' in provider && typeof provider.getDelegate === 'function' ? (provider.getDelegate() as object) : provider;
  if (attached.has(delegate)) return;
  attached.add(delegate);
  const processors = (delegate as ProcessorHolder)._activeSpanProcessor?._spanProcessors;
  if (Array.isArray(processors)) processors.unshift(new SpanContextProcessor());
}
