import { diag } from '@opentelemetry/api';

/**
 * Nothing of ours may throw into the app: what fails costs one observation and a line on OpenTelemetry's diagnostic channel,
 * which is silent unless the app listens to it.
 */
export function guarded<A extends unknown[]>(observe: (...args: A) => void): (...args: A) => void {
  return (...args) => {
    try {
      observe(...args);
    } catch (error) {
      report(error);
    }
  };
}

export function report(error: unknown): void {
  try {
    diag.debug('@tokenledger/instrumentation', error);
  } catch {
    // The app's own logger threw; there is nobody left to tell.
  }
}
