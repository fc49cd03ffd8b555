import { trace } from '@opentelemetry/api';
import type { Tracer, TracerOptions, TracerProvider } from '@opentelemetry/api';
import { carryContext } from '../api/connect.ts';
import type { Finished } from './finished-span.ts';

/** Where spans go while the app has no provider of its own. */
export interface Pipeline {
  readonly provider: TracerProvider;
  /** Takes a span that is over, as calls are when they are told. */
  readonly record: (finished: Finished) => void;
  /** Resolves when all of it is delivered, or was tried to be. */
  readonly flush: () => Promise<void>;
}

/**
 * A provider that serves as long as the app registers none. Tracers that libraries took from it before move over with the app's
 * registration, as they would have without us.
 */
export class YieldingProvider implements TracerProvider {
  readonly #pipeline: () => Pipeline;

  /** The pipeline is asked for when a span starts, not before. */
  constructor(pipeline: () => Pipeline) {
    this.#pipeline = pipeline;
  }

  record(finished: Finished): void {
    this.#pipeline().record(finished);
  }

  forceFlush(): Promise<void> {
    return this.#pipeline().flush();
  }

  getTracer(name: string, version?: string, options?: TracerOptions): Tracer {
    const current = (): Tracer => {
      const registered = trace.getTracerProvider();
      if (delegateOf(registered) !== this) return registered.getTracer(name, version, options);
      carryContext();
      return this.#pipeline().provider.getTracer(name, version, options);
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

/** The provider that spans go to now, behind the API's proxy: the app's, or ours while there is none. */
export function currentProvider(): TracerProvider {
  return delegateOf(trace.getTracerProvider());
}

function delegateOf(provider: TracerProvider): TracerProvider {
  return 'getDelegate' in provider && typeof provider.getDelegate === 'function' ? (provider.getDelegate() as TracerProvider) : provider;
}
