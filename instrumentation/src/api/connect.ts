import type { ContextManager, ProxyTracerProvider, TracerProvider } from '@opentelemetry/api';
import { guarded, report } from '../guard.ts';
import { hasRegistry, isCarried, ownManager } from './carried-context.ts';
import { loadNow } from './load-now.ts';
import { mayTrace } from './may-trace.ts';

/** What we need of the API that the app has, whichever its version. What we need for ourselves is built in. */
interface Api {
  readonly context: { setGlobalContextManager(manager: ContextManager): boolean };
  readonly trace: { getTracerProvider(): Partial<ProxyTracerProvider> };
  readonly ProxyTracerProvider: new () => ProxyTracerProvider;
}

const known = new Set<Api>();
let fallback: TracerProvider | undefined;
let isContextWanted = false;
let loading: Promise<void> | undefined;

/** Gives the tracers of others a provider while the app registers none: at once if there may be some, else with the first call. */
export function provideToOthers(provider: TracerProvider): void {
  fallback = provider;
  if (mayTrace()) connectNow();
}

const connectNow = guarded(() => {
  connect();
  take(loadNow());
});

/**
 * Loads the API: half a hundred files that an app without OpenTelemetry does not wait for at its start. Where it is bundled with the app, or
 * there once for `import` and once for `require`, what comes here is another copy than what was loaded at once.
 */
export function connect(): void {
  loading ??= import('@opentelemetry/api').then(take, report);
}

/** Lets spans of others find their parents. Ours is registered with the first use: an app may set up its own after our import. */
export function carryContext(): void {
  if (isContextWanted) return;
  isContextWanted = true;
  // Somebody there has a provider, and nobody to carry its context.
  if (known.size === 0 && hasRegistry() && !isCarried()) connectNow();
  for (const api of known) registerManager(api);
}

function take(loaded: unknown): void {
  const api = loaded as Api;
  if (known.has(api)) return;
  known.add(api);
  const proxy = api.trace.getTracerProvider();
  // Tracers of a proxy that nobody gave a provider do nothing; such proxies share one.
  if (fallback && proxy.getDelegate?.() === new api.ProxyTracerProvider().getDelegate()) proxy.setDelegate?.(fallback);
  if (isContextWanted) registerManager(api);
}

function registerManager(api: Api): void {
  if (!isCarried()) api.context.setGlobalContextManager(ownManager());
}
