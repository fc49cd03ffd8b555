import { report } from './guard.ts';
import { installed } from './installed.ts';
import { startTimer, stopTimer } from './timers.ts';

export interface FlushOptions {
  /** The longest to wait; 5 s, or `OTEL_EXPORTER_OTLP_TIMEOUT` where that is more. */
  readonly timeoutMs?: number;
}

/**
 * Tells every call that is over and waits until the collector has answered: for platforms that freeze a process between two requests.
 * Never rejects. A batch that the collector did not take in time is kept for the next one.
 */
export async function flush(options?: FlushOptions): Promise<void> {
  const ours = installed();
  if (!ours) return;
  // Held, so that a process that waits for us does not end before.
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise<void>((resolve) => {
    timer = startTimer(resolve, options?.timeoutMs ?? ours.patienceMs);
  });
  await Promise.race([ours.deliver().catch(report), patience]);
  stopTimer(timer);
}
