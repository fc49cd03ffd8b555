import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Writable } from 'node:stream';
import type { StreamEvent } from './answer.ts';

export interface StreamPace {
  readonly chunkDelayMs: number;
  readonly abortAfter: number | undefined;
  /** Called just before the event with the final usage is written. */
  onUsage(): void;
  /** Cuts the connection as a failing provider would. */
  abort(): void;
}

/** Long enough for the bytes written before the cut to leave the process. */
const BEFORE_ABORT_MS = 5;

/** Writes server-sent events one by one until they end, the client leaves, or the pace says to break off. */
export async function sendEvents(out: Writable, events: readonly StreamEvent[], pace: StreamPace): Promise<void> {
  for (const [index, event] of events.entries()) {
    if (index === pace.abortAfter) {
      await sleep(BEFORE_ABORT_MS);
      pace.abort();
      return;
    }
    if (index > 0 && pace.chunkDelayMs > 0) await sleep(pace.chunkDelayMs);
    if (out.destroyed) return;
    if (event.carriesUsage) pace.onUsage();
    if (!out.write(toText(event)) && !out.destroyed) await Promise.race([once(out, 'drain'), once(out, 'close')]);
  }
  out.end();
}

function toText({ event, data }: StreamEvent): string {
  const payload = typeof data === 'string' ? data : JSON.stringify(data);
  return `${event === undefined ? '' : `event: ${event}\n`}data: ${payload}\n\n`;
}
