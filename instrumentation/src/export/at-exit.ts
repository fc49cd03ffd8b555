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
  // The first process of a container does not die of a signal that nobody handles: the kernel ignores it.
  if (process.pid === 1) return;
  for (const signal of SIGNALS) {
    const onSignal = (): void => {
      if (hasHandler(signal)) return;
      deliverOnce();
      process.removeListener(signal, onSignal);
      process.kill(process.pid, signal);
    };
    // First in line, so that an app's `once` handler is still there to be seen.
    process.prependListener(signal, onSignal);
  }
}

/**
 * Whether the app has a handler besides ours. The package signal-exit, which many tools bring along, only listens to die like
 * us and counts its listeners in public for this purpose; waiting for each other, neither would let the process die.
 */
function hasHandler(signal: NodeJS.Signals): boolean {
  const shared = globalThis as Readonly<Record<symbol, { readonly count?: number } | undefined>>;
  const older = (process as unknown as Readonly<Record<string, { readonly count?: number } | undefined>>)['__signal_exit_emitter__'];
  const onlyDying = (shared[Symbol.for('signal-exit emitter')]?.count ?? 0) + (older?.count ?? 0);
  return process.listenerCount(signal) - 1 > onlyDying;
}
