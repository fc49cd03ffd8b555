import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';

const FIRST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 5000;

/** Thrown where the pipeline waits when it is told to stop. */
export class StoppedError extends Error {
  override readonly name = 'StoppedError';
}

/** Tries until it succeeds, is told to stop, or fails in a way that trying again cannot mend. */
export type Patience = <Result>(what: string, attempt: () => Promise<Result>, canMend?: (error: unknown) => boolean) => Promise<Result>;

function isRetryable(error: unknown): boolean {
  return error instanceof Error && 'retryable' in error && error.retryable === true;
}

/** Waits 0.1 s after the first failure and doubles up to 5 s, less a random part, so that many collectors do not come at once. */
export function createPatience({ stop, log, onRetry }: { stop: AbortSignal; log: Logger; onRetry: () => void }): Patience {
  return async (what, attempt, canMend = isRetryable) => {
    for (let wait = FIRST_WAIT_MS, failures = 0; ; wait = Math.min(wait * 2, LONGEST_WAIT_MS)) {
      if (stop.aborted) throw new StoppedError();
      try {
        const result = await attempt();
        if (failures > 0) log.info({ failures }, `${what} works again`);
        return result;
      } catch (error) {
        if (error instanceof StoppedError || !canMend(error)) throw error;
        if (failures === 0) log.warn({ err: error }, `${what} failed; it is tried again until it works`);
        failures += 1;
        onRetry();
        await sleep(wait * (0.5 + Math.random() / 2), undefined, { signal: stop }).catch(() => undefined);
      }
    }
  };
}
