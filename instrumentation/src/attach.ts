import { SpanContextProcessor } from './export/span-context-processor.ts';
import { YieldingProvider, currentProvider } from './export/yielding-provider.ts';

interface ProcessorHolder {
  readonly _activeSpanProcessor?: { readonly _spanProcessors?: unknown };
}

const attached = new WeakMap<object, boolean>();

/**
 * Joins the app's own provider, so that attribution is on all its spans, enclosing ones are found, and calls that wait to become
 * spans do so before it is flushed or shut down. SDKs since 2.0 offer no way to add a processor later; their list of processors has
 * had this name through releases 1 to 3. Where it is missing the answer is false, and spans between a model call and its HTTP
 * span stay unfound.
 */
export function attachToProvider(): boolean {
  const delegate = currentProvider();
  const known = attached.get(delegate);
  if (known !== undefined) return known;
  const processors = (delegate as ProcessorHolder)._activeSpanProcessor?._spanProcessors;
  const isAttached = delegate instanceof YieldingProvider || Array.isArray(processors);
  if (Array.isArray(processors)) processors.unshift(new SpanContextProcessor());
  attached.set(delegate, isAttached);
  return isAttached;
}
