import type { TracerProvider } from '@opentelemetry/api';
import type { Resource } from '@opentelemetry/resources';
import { text } from './json.ts';

interface Holder {
  readonly _spanProcessors?: unknown;
}
/** Without the underscore it is SDK 1. */
interface Provider {
  readonly _activeSpanProcessor?: Holder;
  readonly activeSpanProcessor?: Holder;
  readonly _resource?: Resource;
  readonly resource?: Resource;
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

/** What an app's own provider says that the app is, if it has given it a name. */
export function resourceOf(provider: TracerProvider): Resource | undefined {
  const { _resource, resource = _resource } = provider as Provider;
  const name = text(resource?.attributes['service.name']);
  return name === undefined || name.startsWith('unknown_service') ? undefined : resource;
}
