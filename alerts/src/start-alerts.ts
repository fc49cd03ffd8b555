import { setTimeout as sleep } from 'node:timers/promises';
import { type Ledger, LedgerError } from '@tokenledger/ledger';
import { DEFAULT_TENANT, type TenantId } from '@tokenledger/model';
import type { Logger } from 'pino';
import { deliverTo } from './deliver.ts';
import { evaluateRule } from './evaluate.ts';
import type { Receiver } from './receiver.ts';
import type { Rule } from './rule.ts';
import { type Alert, openAlertStore } from './store.ts';

export interface AlertsOptions {
  readonly ledger: Pick<Ledger, 'forTenant'>;
  /** Holds the state and the outbox; one process at a time. */
  readonly stateDir: string;
  readonly rules: readonly Rule[];
  readonly receivers: readonly Receiver[];
  readonly tenants?: readonly TenantId[];
  readonly intervalMs?: number;
  /** Where the query API is reached by those who read the alert. */
  readonly publicUrl: string;
  readonly log: Logger;
  /** The clock that rules run on; deliveries keep the real one. */
  readonly now?: () => number;
  readonly retryAfterMs?: readonly number[];
}

export interface Alerts {
  /** What is pending or firing now. */
  readonly list: (tenant: TenantId) => readonly Alert[];
  readonly deliveries: () => Readonly<Record<'waiting' | 'delivered' | 'dead', number>>;
  readonly stop: () => Promise<void>;
}

const INTERVAL_MS = 30_000;

/** Evaluates every rule for every tenant at an interval, and delivers. A restart neither fires again nor forgets to resolve. */
export function startAlerts(options: AlertsOptions): Alerts {
  const {
    ledger,
    stateDir,
    rules,
    receivers,
    publicUrl,
    log,
    retryAfterMs,
    tenants = [DEFAULT_TENANT],
    intervalMs = INTERVAL_MS,
    now = Date.now,
  } = options;
  const store = openAlertStore(stateDir);
  const abort = new AbortController();
  const { signal } = abort;
  const posts = receivers.map((receiver) => deliverTo({ receiver, store, log, signal, ...(retryAfterMs ? { retryAfterMs } : {}) }));
  const names = receivers.map(({ name }) => name);

  async function evaluateAll(): Promise<void> {
    for (const tenant of tenants) {
      for (const rule of rules.filter(({ enabled }) => enabled)) {
        if (signal.aborted) return;
        await evaluateRule(rule, { tenant, reader: ledger.forTenant(tenant), store, receivers: names, publicUrl, now: now() }).catch(
          (error: unknown) => {
            if (!(error instanceof LedgerError)) throw error;
            log.warn({ rule: rule.name, reason: error.message }, 'rule not evaluated; its alerts stay as they are');
          },
        );
      }
    }
  }

  async function evaluateForever(): Promise<void> {
    while (!signal.aborted) {
      await evaluateAll();
      await sleep(intervalMs, undefined, { signal }).catch(() => undefined);
    }
  }

  const evaluating = evaluateForever().catch((error: unknown) => log.error({ error }, 'alerts stopped'));
  return {
    list: (tenant) => store.alerts(tenant),
    deliveries: () => store.counts(),
    stop: async () => {
      abort.abort();
      await Promise.all([evaluating, ...posts]);
      store.close();
    },
  };
}
