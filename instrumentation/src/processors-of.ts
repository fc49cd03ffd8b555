import type { TracerProvider } from '@opentelemetry/api';

interface Holder {
  readonly _spanProcessors?: unknown;
}
interface Provider {
  readonly _activeSpanProcessor?: Holder;
  /** Its name in SDK 1. */
  readonly activeSpanProcessor?: Holder;
}

/**
 * The processors of an app's own provider, in the list that it goes by. SDKs since 2.0 offer no way to add one later or to ask for them; the
 * list has had this name through releases 1 to 3.
 */
export function processorsOf(provider: TracerProvider): object[] | undefined {
  const { _activeSpanProcessor, activeSpanProcessor } = provider as Provider;
  const processors = (_activeSpanProcessor ?? activeSpanProcessor)?._spanProcessors;
  return Array.isArray(processors) ? (processors as object[]) : undefined;
}
