import { context, createContextKey, ROOT_CONTEXT } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';

const PROBE = createContextKey('tokenledger.probe');
let isPresent = false;

/**
 * Context needs somebody who carries it across `await`. The app's manager is used where it has one. Ours is registered no
 * earlier than the first use, so that an app that sets up OpenTelemetry after our import is not in our way, nor we in its.
 */
export function ensureContextManager(): void {
  if (isPresent) return;
  const isCarried = context.with(ROOT_CONTEXT.setValue(PROBE, true), () => context.active().getValue(PROBE) === true);
  if (!isCarried) context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  isPresent = true;
}
