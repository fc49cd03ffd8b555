import { SpanContextProcessor } from './export/span-context-processor.ts';
import { YieldingProvider, currentProvider } from './export/yielding-provider.ts';
import { processorsOf } from './app-provider.ts';

const attached = new WeakMap<object, boolean>();

/**
 * Joins the app's own provider, so that attribution is on all its spans, enclosing ones are found, and calls that wait to become
 * spans do so before it is flushed or shut down. Where its processors are not to be found the answer is false, and spans between a model call
 * and its HTTP span stay unfound.
 */
export function attachToProvider(): boolean {
  const delegate = currentProvider();
  const known = attached.get(delegate);
  if (known !== undefined) return known;
  const processors = processorsOf(delegate);
  const isAttached = delegate instanceof YieldingProvider || processors !== undefined;
  processors?.unshift(new SpanContextProcessor());
  attached.set(delegate, isAttached);
  return isAttached;
}
