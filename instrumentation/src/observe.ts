import { context } from '@opentelemetry/api';
import { isTracingSuppressed } from '@opentelemetry/core';
import { enclosingInference } from './adoption.ts';
import { isPriceBookLoaded, loadPriceBook } from './cost.ts';
import { guarded } from './guard.ts';
import type { ObservedCall } from './observed-call.ts';
import { emitSpan, fillAdopted } from './span.ts';

/**
 * Called when a request to a model starts, in the app's context. Returns who takes the call when it is over, or `undefined`
 * when tracing is suppressed there.
 */
export type ObserveCall = () => ((call: ObservedCall) => void) | undefined;

/** Calls that were over before the price book was loaded. */
const waiting = new Set<() => void>();

export const observeCall: ObserveCall = () => {
  const parent = context.active();
  if (isTracingSuppressed(parent)) return undefined;
  const adopted = enclosingInference(parent);
  const loaded = loadPriceBook();
  return guarded((call: ObservedCall) => {
    if (adopted && fillAdopted(adopted, call, parent)) return;
    if (isPriceBookLoaded()) return emitSpan(call, parent);
    const emit = guarded(() => {
      if (waiting.delete(emit)) emitSpan(call, parent);
    });
    waiting.add(emit);
    void loaded.then(emit);
  });
};

/** Emits what waits for its price, without one: a call without cost is better than none. */
export function emitWaiting(): void {
  for (const emit of waiting) emit();
}
