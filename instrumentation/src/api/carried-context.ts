import { context } from '@opentelemetry/api';
import type { Context } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';

const OURS = Symbol.for('tokenledger.context_manager');
const shared = globalThis as { [OURS]?: AsyncLocalStorageContextManager };

/** Carries context across `await` while nobody else does; one for all copies of this package. */
export function ownManager(): AsyncLocalStorageContextManager {
  return (shared[OURS] ??= new AsyncLocalStorageContextManager().enable());
}

/** Where every release of the API keeps what is registered. */
const REGISTRY = Symbol.for('opentelemetry.js.api.1');
const registered = globalThis as { readonly [REGISTRY]?: { readonly context?: object } };

export function hasRegistry(): boolean {
  return registered[REGISTRY] !== undefined;
}

/** Whether OpenTelemetry has a context manager: the app's, or ours since its API is loaded. */
export function isCarried(): boolean {
  return registered[REGISTRY]?.context !== undefined;
}

export function activeContext(): Context {
  return isCarried() ? context.active() : ownManager().active();
}

export function runWithin<T>(at: Context, fn: () => T): T {
  return isCarried() ? context.with(at, fn) : ownManager().with(at, fn);
}
