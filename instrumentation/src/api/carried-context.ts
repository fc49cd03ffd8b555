import type { Context, ContextManager } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { registered } from './registry.ts';

const OURS = Symbol.for('tokenledger.context_manager');
const shared = globalThis as { [OURS]?: AsyncLocalStorageContextManager };

/** Carries context across `await` while nobody else does; one for all copies of this package. */
export function ownManager(): AsyncLocalStorageContextManager {
  return (shared[OURS] ??= new AsyncLocalStorageContextManager().enable());
}

/** The app's, or ours, be it registered or not. */
function manager(): ContextManager {
  return (registered('context') as ContextManager | undefined) ?? ownManager();
}

export function activeContext(): Context {
  return manager().active();
}

export function runWithin<T>(at: Context, fn: () => T): T {
  return manager().with(at, fn);
}
