import { ProxyTracerProvider, trace } from '@opentelemetry/api';
import type { Tracer, TracerOptions, TracerProvider } from '@opentelemetry/api';
import { ensureContextManager } from '../context-manager.ts';

/**
 * A provider that serves as long as the app registers none. Tracers that libraries took from it before move over with the app's
 * registration, as they would have without us.
 */
export class YieldingProvider implements TracerProvider {
  readonly #provider: TracerProvider;
  readonly #onUse: () => void;

  /** `onUse` is called whenever a span is about to start here. */
  constructor(provider: TracerProvider, onUse: () => void) {
    this.#provider = provider;
    this.#onUse = onUse;
  }

  getTracer(name: string, version?: string, options?: TracerOptions): Tracer {
    const ours = this.#provider.getTracer(name, version, options);
    const current = (): Tracer => {
      const registered = trace.getTracerProvider();
      if (registered instanceof ProxyTracerProvider && registered.getDelegate() === this) {
        ensureContextManager();
        this.#onUse();
        return ours;
      }
      return registered.getTracer(name, version, options);
    };
    return {
      startSpan: (...args) => current().startSpan(...args),
      startActiveSpan: (...args: unknown[]) => {
        const tracer = current();
        const start = tracer.startActiveSpan.bind(tracer) as (...args: unknown[]) => never;
        return start(...args);
      },
    };
  }
}
