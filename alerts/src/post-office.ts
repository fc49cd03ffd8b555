import type { Logger } from 'pino';
import { deliverTo } from './deliver.ts';
import { pushToAlertmanager } from './push-alertmanager.ts';
import type { Receiver } from './receiver.ts';
import type { AlertStore } from './store.ts';

/** A receiver and its name in the outbox: `name` for the operator's, `tenant/name` for a tenant's own. */
export interface Addressee {
  readonly box: string;
  readonly receiver: Receiver;
  /** Whose alerts an Alertmanager is given. */
  readonly tenants: readonly string[];
}

export interface PostOfficeOptions {
  readonly store: AlertStore;
  readonly log: Logger;
  readonly retryAfterMs?: readonly number[] | undefined;
  readonly pushIntervalMs: number;
  readonly stateOf: (tenants: readonly string[], untilMs: number) => ReturnType<Parameters<typeof pushToAlertmanager>[0]['alerts']>;
}

interface Running {
  readonly addressee: string;
  readonly abort: AbortController;
  readonly done: Promise<void>;
}

/** One queue for each receiver. A receiver that changes is started anew; one that is gone is stopped. */
export class PostOffice {
  readonly #options: PostOfficeOptions;
  readonly #running = new Map<string, Running>();

  constructor(options: PostOfficeOptions) {
    this.#options = options;
  }

  sync(addressees: readonly Addressee[]): void {
    const wanted = new Map(addressees.map((addressee) => [addressee.box, addressee]));
    for (const [box, running] of this.#running) {
      const addressee = wanted.get(box);
      if (addressee && JSON.stringify(addressee) === running.addressee) continue;
      running.abort.abort();
      this.#running.delete(box);
    }
    for (const addressee of addressees) {
      if (!this.#running.has(addressee.box)) this.#running.set(addressee.box, this.#start(addressee));
    }
  }

  async stop(): Promise<void> {
    const running = [...this.#running.values()];
    for (const { abort } of running) abort.abort();
    await Promise.all(running.map(({ done }) => done));
  }

  #start(addressee: Addressee): Running {
    const { store, log, retryAfterMs, pushIntervalMs: intervalMs, stateOf } = this.#options;
    const { box, receiver, tenants } = addressee;
    const abort = new AbortController();
    const { signal } = abort;
    const done =
      receiver.format === 'alertmanager'
        ? pushToAlertmanager({ receiver, alerts: (untilMs) => stateOf(tenants, untilMs), intervalMs, log, signal })
        : deliverTo({ receiver, box, store, log, signal, ...(retryAfterMs && { retryAfterMs }) });
    return {
      addressee: JSON.stringify(addressee),
      abort,
      done: done.catch((error: unknown) => log.error({ error, receiver: receiver.name }, 'deliveries stopped')),
    };
  }
}
