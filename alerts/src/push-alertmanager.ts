import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { guardedAgent } from './guarded-agent.ts';
import { postJson } from './post-json.ts';
import type { Receiver } from './receiver.ts';
import type { Told } from './render.ts';

type AlertmanagerAlert = Omit<Told['data']['alerts'][number], 'fingerprint'>;

interface Push {
  readonly receiver: Receiver;
  /** All that fires now, and what was resolved lately, with its end. */
  readonly alerts: (untilMs: number) => readonly AlertmanagerAlert[];
  readonly intervalMs: number;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

const TIMEOUT_MS = 15_000;
/** As Prometheus does: what is not said again for so many intervals is over. */
const FORGOTTEN_AFTER = 4;

/**
 * Gives an Alertmanager the state of all alerts again and again, as Prometheus does: it dedupes, groups, silences and routes, also
 * among several of us. Nothing needs an outbox: a push that fails is repeated by the next.
 */
export async function pushToAlertmanager({ receiver, alerts, intervalMs, log, signal }: Push): Promise<void> {
  const agent = guardedAgent({ allowPrivate: receiver.allow_private, timeoutMs: TIMEOUT_MS });
  const url = `${receiver.url.replace(/\/+$/, '')}/api/v2/alerts`;
  try {
    while (!signal.aborted) {
      const state = alerts(Date.now() + FORGOTTEN_AFTER * intervalMs);
      if (state.length > 0) {
        await post(url, JSON.stringify(state), agent, signal).catch((error: unknown) => {
          if (!signal.aborted) log.warn({ receiver: receiver.name, reason: String(error) }, 'alertmanager not told; it will be again');
        });
      }
      await sleep(intervalMs, undefined, { signal }).catch(() => undefined);
    }
  } finally {
    await agent.destroy();
  }
}

async function post(url: string, body: string, dispatcher: ReturnType<typeof guardedAgent>, signal: AbortSignal): Promise<void> {
  const { status } = await postJson(url, { body, dispatcher, signal });
  if (status >= 300) throw new Error(`it answered ${status}`);
}
