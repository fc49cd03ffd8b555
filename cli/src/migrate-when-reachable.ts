import { setTimeout as sleep } from 'node:timers/promises';
import { type Ledger, LedgerError } from '@tokenledger/ledger';
import type { Logger } from 'pino';

const FIRST_DELAY_MS = 200;
const LONGEST_DELAY_MS = 5_000;

/**
 * ClickHouse may be away when we start: spans are accepted into the journal all the same, and the ledger returned here keeps its
 * writes waiting until the tables are there. With `wait` the first attempt must succeed before anything starts.
 */
export async function migrateWhenReachable(ledger: Ledger, log: Logger, { wait }: { readonly wait: boolean }) {
  const abort = new AbortController();
  const ready = migrateUntilDone(ledger, log, abort.signal);
  if (wait) await ready;
  const failed = new Promise<never>((_resolve, reject) => {
    ready.catch(reject);
  });
  failed.catch(() => undefined); // whoever runs the process looks at it; a stop in between must not be an unhandled rejection
  const gated: Pick<Ledger, 'write' | 'openBatch' | 'recall' | 'tenantsOfPeriod' | 'callsOfPeriod'> = {
    write: async (batch) => {
      await ready;
      return ledger.write(batch);
    },
    openBatch: (token) => {
      const batch = ledger.openBatch(token);
      return {
        ...batch,
        write: async () => {
          await ready;
          return batch.write();
        },
      };
    },
    recall: async (tenant, query) => {
      await ready;
      return ledger.recall(tenant, query);
    },
    tenantsOfPeriod: async (period) => {
      await ready;
      return ledger.tenantsOfPeriod(period);
    },
    callsOfPeriod: async (tenant, query) => {
      await ready;
      return ledger.callsOfPeriod(tenant, query);
    },
  };
  return { ledger: gated, failed, stop: async () => abort.abort() };
}

async function migrateUntilDone(ledger: Ledger, log: Logger, signal: AbortSignal): Promise<void> {
  for (let delayMs = FIRST_DELAY_MS; ; delayMs = Math.min(delayMs * 2, LONGEST_DELAY_MS)) {
    try {
      const { from, to } = await ledger.migrate();
      if (from !== to) log.info({ from, to }, 'ledger migrated');
      return;
    } catch (error) {
      if (signal.aborted || !(error instanceof LedgerError) || !error.retryable) throw error;
      log.warn({ reason: error.message, delayMs }, 'ClickHouse is away; spans wait in the journal');
      await sleep(delayMs, undefined, { signal });
    }
  }
}
