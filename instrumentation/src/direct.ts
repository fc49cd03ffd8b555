import type { SpanContext, TracerProvider } from '@opentelemetry/api';
import type { Finished } from './export/finished-span.ts';
import { SpanContextProcessor } from './export/span-context-processor.ts';
import { YieldingProvider } from './export/yielding-provider.ts';
import { processorsOf, resourceOf } from './app-provider.ts';

/** Where calls go besides the app's own provider. */
export interface Direct {
  /** The operator named a collector of ours: it gets every call. */
  readonly isAsked: () => boolean;
  readonly record: (finished: Finished) => void;
  readonly flush: () => Promise<unknown>;
}

/** Providers, and processors of the SDK's, that only feed their maker's service: no collector would ever hear of a call. */
const NOT_FOR_COLLECTORS = new Set(['SentryTracerProvider', 'SentrySpanProcessor']);

let direct: Direct | undefined;

export function setDirect(value: Direct): void {
  direct = value;
}

/**
 * Whether calls are also sent by ourselves, under the ids that they have in the app's provider, so that a collector which gets them from
 * both counts them once. What the app's provider leaves out by sampling is among them: costs are counted.
 */
export function goesDirectly(provider: TracerProvider): boolean {
  if (!direct || provider instanceof YieldingProvider) return false;
  return direct.isAsked() || isForItsMaker(provider) || isForNobody(provider);
}

function isForItsMaker(provider: TracerProvider): boolean {
  return [provider, ...(processorsOf(provider) ?? [])].some(({ constructor }) => NOT_FOR_COLLECTORS.has(constructor.name));
}

/** Set up to carry context, or ids for logs; or no SDK's, as an agent of Datadog's or Elastic's has one to feed its maker: nobody can tell whom. */
function isForNobody(provider: TracerProvider): boolean {
  return processorsOf(provider)?.every((processor) => processor instanceof SpanContextProcessor) ?? true;
}

/** What the app is, its own provider says, unless that is its maker's. */
export function sendDirectly(provider: TracerProvider, finished: Finished, ids: SpanContext): void {
  if (!goesDirectly(provider)) return;
  const resource = isForItsMaker(provider) ? undefined : resourceOf(provider);
  direct?.record({ ...finished, ids, ...(resource && { resource }) });
}

export async function flushDirectly(): Promise<void> {
  await direct?.flush();
}
