import { setTimeout as sleep } from 'node:timers/promises';
import { type Ledger, LedgerError } from '@tokenledger/ledger';
import type { Logger } from 'pino';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const FIRST_AFTER_MS = 60_000;
/** Hourly what may still change; once a day as far back as minutes are kept. */
const RECENT_MS = 2 * DAY_MS;
const LONG_MS = 35 * DAY_MS;

/**
 * The conservation check as a job: compares the rollups with the entries and adds what differs. The embedded engine leaves nothing to
 * mend, whatever kills it; a single server that is killed in the middle of an insert can (see ledger/src/engine/forget-lost-parts.ts).
 */
export function reconcileRollups(ledger: Pick<Ledger, 'reconcile'>, log: Logger): () => Promise<void> {
  const abort = new AbortController();
  const { signal } = abort;
  const job = (async () => {
    await sleep(FIRST_AFTER_MS, undefined, { signal });
    for (let hour = 0; !signal.aborted; hour++) {
      await reconcileOnce(ledger, log, hour % 24 === 0 ? LONG_MS : RECENT_MS);
      await sleep(HOUR_MS, undefined, { signal });
    }
  })().catch((error: unknown) => {
    if (!signal.aborted) throw error;
  });
  return async () => {
    abort.abort();
    await job;
  };
}

async function reconcileOnce(ledger: Pick<Ledger, 'reconcile'>, log: Logger, windowMs: number): Promise<void> {
  try {
    const now = Date.now();
    const { drift } = await ledger.reconcile({ fromMs: now - windowMs, toMs: now, repair: true });
    if (drift.length > 0)
      log.warn(
        { buckets: drift.length, tables: [...new Set(drift.map(({ table }) => table))] },
        'rollups differed from the ledger and were mended',
      );
  } catch (error) {
    if (!(error instanceof LedgerError)) throw error;
    log.warn({ reason: error.message }, 'rollups not compared with the ledger');
  }
}
