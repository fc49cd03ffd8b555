import { context } from '@opentelemetry/api';
import type { ContextManager, ProxyTracerProvider, TracerProvider } from '@opentelemetry/api';
import { guarded } from '../guard.ts';
import { callingCopy } from './calling-copy.ts';
import { ownManager } from './carried-context.ts';
import { loadNow } from './load-now.ts';
import { onUse, registered, registry } from './registry.ts';

/** What we need of the API that the app has, whichever its version. What we need for ourselves is built in. */
interface Api {
  readonly context: { setGlobalContextManager(manager: ContextManager): boolean };
  readonly trace: { getTracerProvider(): Partial<ProxyTracerProvider> };
  readonly ProxyTracerProvider: new () => ProxyTracerProvider;
}

/** An app has one copy of the API, or two: for `import` and for `require`. To see who uses it takes some 20 µs. */
const MAX_LOOKS = 50;

const known = new Map<string, Api>();
let isContextWanted = false;

/**
 * Gives the tracers of others a provider while the app registers none. Every copy of the API has a proxy of its own for that time, so
 * copies are met when they are first used: an app that has none, or does not use it, loads nothing and waits for nothing.
 */
export function provideToOthers(provider: TracerProvider): void {
  let looks = 0;
  let isLooking = false;
  const look = guarded(() => {
    const entry = callingCopy();
    if (entry === undefined || known.has(entry)) return;
    const api = loadNow(entry) as Api;
    provideTo(api, provider);
    known.set(entry, api);
    if (isContextWanted) registerManager();
  });
  onUse(() => {
    // What is done with the API looks into the registry, too.
    if (isLooking || looks++ >= MAX_LOOKS) return;
    isLooking = true;
    look();
    isLooking = false;
  });
}

function provideTo(api: Api, provider: TracerProvider): void {
  const proxy = api.trace.getTracerProvider();
  // Tracers of a proxy that nobody gave a provider do nothing; such proxies share one.
  if (proxy.getDelegate?.() === new api.ProxyTracerProvider().getDelegate()) proxy.setDelegate?.(provider);
}

/** Lets spans of others find their parents. Ours is registered with the first use: an app may set up its own after our import. */
export function carryContext(): void {
  if (isContextWanted) return;
  isContextWanted = true;
  registerManager();
}

function registerManager(): void {
  if (registered('context') !== undefined) return;
  const all = registry();
  // The registry belongs to who registered first; others of another version may read it, not register.
  if (all) all['context'] = ownManager();
  // The copy we are written with: the app's own where we are bundled with it from source, built in and without a registry where we are published.
  else for (const api of [...known.values(), { context }]) if (api.context.setGlobalContextManager(ownManager())) return;
}
