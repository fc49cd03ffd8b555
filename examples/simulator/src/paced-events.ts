import { setTimeout as sleep } from 'node:timers/promises';
import type { StreamEvent } from './answer.ts';

export interface StreamPace {
  readonly chunkDelayMs: number;
  readonly abortAfter: number | undefined;
  /** Called just before the event with the final usage leaves. */
  onUsage(): void;
  /** Cuts the connection as a failing provider would. */
  abort(): void;
}

/** Time for what was written before the cut to arrive. A client that reads slower may still lose the last events, as in life. */
const BEFORE_ABORT_MS = 20;

/** Server-sent events as text, one by one as fast as the client reads, until they end or the pace says to break off. */
export async function* pacedEvents(events: readonly StreamEvent[], pace: StreamPace): AsyncGenerator<string, void, void> {
  for (const [index, event] of events.entries()) {
    if (index === pace.abortAfter) {
      await sleep(Math.max(BEFORE_ABORT_MS, pace.chunkDelayMs));
      pace.abort();
      return;
    }
    if (index > 0 && pace.chunkDelayMs > 0) await sleep(pace.chunkDelayMs);
    if (event.carriesUsage) pace.onUsage();
    yield toText(event);
  }
}

function toText({ event, data }: StreamEvent): string {
  const payload = typeof data === 'string' ? data : JSON.stringify(data);
  return `${event === undefined ? '' : `event: ${event}\n`}data: ${payload}\n\n`;
}
