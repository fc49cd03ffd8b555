import process from 'node:process';
import { guarded } from '../guard.ts';

const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;

/**
 * Calls `deliver` once when the process ends: by itself, by `process.exit`, by an uncaught exception, or by a signal that the
 * app does not handle. A signal keeps its meaning: the process dies of it as it would have.
 */
export function atExit(deliver: () => void): void {
  let isDelivered = false;
  const deliverOnce = guarded(() => {
    if (isDelivered) return;
    isDelivered = true;
    deliver();
  });
  process.on('exit', deliverOnce);
  for (const signal of SIGNALS) {
    const onSignal = (): void => {
      if (process.listenerCount(signal) > 1) return;
      deliverOnce();
      process.removeListener(signal, onSignal);
      process.kill(process.pid, signal);
    };
    process.on(signal, onSignal);
  }
}
