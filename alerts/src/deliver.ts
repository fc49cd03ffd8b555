import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { guardedAgent } from './guarded-agent.ts';
import { postJson } from './post-json.ts';
import type { Receiver } from './receiver.ts';
import { render } from './render.ts';
import type { AlertStore, Delivery, Outcome } from './store.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** The schedule that Standard Webhooks recommends; after the last try the message is a dead letter. */
const RETRY_AFTER_MS = [
  5_000,
  5 * MINUTE_MS,
  30 * MINUTE_MS,
  2 * HOUR_MS,
  5 * HOUR_MS,
  10 * HOUR_MS,
  14 * HOUR_MS,
  20 * HOUR_MS,
  24 * HOUR_MS,
];
const MOST_ASKED_MS = 24 * HOUR_MS;
const TIMEOUT_MS = 15_000;
const IDLE_MS = 100;
/** A stop waits this long for the answer to the message under way: cut off, it would be sent again after the restart. */
const GRACE_MS = 2_000;

/** The message is at fault, not the receiver: it will be refused tomorrow too, and those behind it wait. */
const MESSAGE_REFUSED: ReadonlySet<number> = new Set([400, 413, 414, 422]);

/** 410: the receiver wants nothing more. Nothing is sent to it until it is changed or the process is started anew. */
const GONE: Outcome = { kind: 'dead', error: 'the receiver answered 410: it wants nothing more' };

interface Post {
  readonly receiver: Receiver;
  /** Its name in the outbox. */
  readonly box: string;
  readonly store: AlertStore;
  readonly log: Logger;
  readonly signal: AbortSignal;
  /** First waits, for tests; default the schedule above. */
  readonly retryAfterMs?: readonly number[];
}

/** Delivers what the outbox holds for one receiver, in order, until told to stop. Each receiver has its own: a slow one delays no other. */
export async function deliverTo({ receiver, box, store, log, signal, retryAfterMs = RETRY_AFTER_MS }: Post): Promise<void> {
  const agent = guardedAgent({ allowPrivate: receiver.allow_private, timeoutMs: TIMEOUT_MS });
  let isGone = false;
  const cut = new AbortController();
  const cutLater = () => setTimeout(() => cut.abort(), GRACE_MS).unref();
  signal.addEventListener('abort', cutLater, { once: true });
  try {
    while (!signal.aborted) {
      const delivery = store.due(box, Date.now());
      if (!delivery) {
        await sleep(IDLE_MS, undefined, { signal }).catch(() => undefined);
        continue;
      }
      const outcome: Outcome = isGone ? GONE : await send(receiver, delivery, { agent, now: Date.now, retryAfterMs, signal: cut.signal });
      isGone ||= outcome === GONE;
      if (cut.signal.aborted && outcome.kind !== 'delivered') return;
      store.settle(delivery, outcome, Date.now());
      if (outcome.kind !== 'delivered') log.warn({ receiver: receiver.name, webhookId: delivery.id, ...outcome }, 'alert not delivered');
    }
  } finally {
    signal.removeEventListener('abort', cutLater);
    await agent.destroy();
  }
}

export interface Sending {
  readonly agent: ReturnType<typeof guardedAgent>;
  readonly now: () => number;
  readonly retryAfterMs: readonly number[];
  readonly signal: AbortSignal;
}

/** Only 2xx is success; 410 says never again, and what is refused as a message is tried twice. Whoever must wait does so from the answer on, however long that took. */
export async function send(
  receiver: Receiver,
  { id, body, attempts }: Delivery,
  { agent, now, retryAfterMs, signal }: Sending,
): Promise<Outcome> {
  const wait = retryAfterMs[attempts];
  const again = (error: string, atLeastMs = 0): Outcome =>
    wait === undefined ? { kind: 'dead', error } : { kind: 'retry', atMs: now() + Math.max(wait, atLeastMs), error };
  try {
    const rendered = render(receiver, { id, body, nowMs: now() });
    if (!rendered) return { kind: 'delivered' };
    const { status, retryAfter } = await postJson(receiver.url, { ...rendered, dispatcher: agent, signal });
    if (status >= 200 && status < 300) return { kind: 'delivered' };
    if (status === 410) return GONE;
    if (MESSAGE_REFUSED.has(status) && attempts > 0)
      return { kind: 'dead', error: `the receiver refused the message twice, with ${status} now` };
    return again(`the receiver answered ${status}`, waitAsked(retryAfter, now()));
  } catch (error) {
    return again(error instanceof Error ? error.message : String(error));
  }
}

/** `Retry-After`: seconds or a date (RFC 9110 §10.2.3), at most the longest wait of the schedule. */
function waitAsked(retryAfter: string | string[] | undefined, nowMs: number): number {
  const asked = [retryAfter].flat()[0]?.trim() ?? '';
  const waitMs = /^\d+$/.test(asked) ? Number(asked) * 1000 : Date.parse(asked) - nowMs;
  return waitMs > 0 ? Math.min(waitMs, MOST_ASKED_MS) : 0;
}
