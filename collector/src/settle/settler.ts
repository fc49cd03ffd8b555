import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Ledger, LedgerError, type PostedEntry, type SharedTrace } from '@tokenledger/ledger';
import type { LedgerEntry, TenantId } from '@tokenledger/model';
import type { Logger } from 'pino';
import { createAccountant } from '../account/accountant.ts';
import type { Pricing } from '../account/price.ts';
import { readState, writeState } from '../journal/state-file.ts';
import { messageOf } from '../store/loss.ts';
import { type Patience, StoppedError } from '../store/patience.ts';
import { writePosting } from '../store/write-posting.ts';
import type { Turn } from '../turns.ts';
import { settleCall } from './settle-call.ts';

export interface SettlerOptions {
  readonly ledger: Pick<Ledger, 'write' | 'recall' | 'sharedTraces' | 'postedEntries' | 'exclusively'>;
  readonly priceBook: Pricing;
  /** Where a batch that is being written is kept. */
  readonly directory: string;
  /** Shared with whoever else of this process corrects calls. */
  readonly turn: Turn;
  readonly patience: Patience;
  readonly stop: AbortSignal;
  readonly everyMs: number;
  readonly onSettled: (entries: readonly LedgerEntry[]) => void;
  readonly log: Logger;
}

interface Pending {
  readonly token: string;
  readonly entries: readonly LedgerEntry[];
}

const FILE = 'settle.json';
/** Two collectors that saw nothing of each other wrote within this time. */
const WINDOW_MS = 600_000;
/** What was written a moment ago may be followed by more. */
const QUIET_MS = 2000;
const TRACES_AT_ONCE = 200;

/**
 * Collectors that write a trace in turns see what the others wrote. Those that write it at the same instant do not: both bill one span, or one
 * bills a parent whose child the other has. Such traces are judged once more from all that the ledger holds, and what the entries of
 * all writers add up to is corrected. One collector at a time does this for all; whatever races with it is found by the next round.
 */
export async function runSettler(options: SettlerOptions): Promise<void> {
  const { ledger, directory, everyMs, stop, patience, log } = options;
  /** How many rows each trace had when it was settled. */
  let settled = new Map<string, number>();
  try {
    await complete(options);
    for (;;) {
      await sleep(everyMs * (0.5 + Math.random()), undefined, { signal: stop });
      settled = await round(settled);
    }
  } catch (error) {
    if (!stop.aborted && !(error instanceof StoppedError)) throw error;
  }

  async function round(before: ReadonlyMap<string, number>): Promise<Map<string, number>> {
    try {
      const now = Date.now();
      const shared = await ledger.sharedTraces({ fromMs: now - WINDOW_MS, toMs: now - QUIET_MS });
      const changed = shared.filter((trace) => before.get(keyOf(trace)) !== trace.rows);
      const after = new Map(shared.map((trace) => [keyOf(trace), trace.rows]));
      if (changed.length === 0) return after;
      return (await ledger.exclusively('settling', () => settleAll(changed))) ? after : new Map(before);
    } catch (error) {
      if (!(error instanceof LedgerError)) throw error;
      log.warn({ reason: messageOf(error) }, 'traces of several collectors are not settled; they are looked at again');
      return new Map(before);
    }
  }

  async function settleAll(shared: readonly SharedTrace[]): Promise<void> {
    for (const [tenant, traces] of Map.groupBy(shared, (trace) => trace.tenant)) {
      const ids = traces.map(({ traceId }) => traceId);
      for (let at = 0; at < ids.length; at += TRACES_AT_ONCE) {
        const some = ids.slice(at, at + TRACES_AT_ONCE);
        await options.turn(() => settleTraces(tenant, some));
      }
    }
  }

  /** read → judge → keep what will be written → write */
  async function settleTraces(tenant: TenantId, traceIds: readonly string[]): Promise<void> {
    const { priceBook } = options;
    const accountant = createAccountant({ priceBook, recall: ledger.recall });
    const calls = await patience('reading shared traces', () => accountant.rejudge(tenant, traceIds));
    const all = [...new Set(calls.map(({ traceId }) => traceId))];
    const posted = await patience('reading shared traces', () => ledger.postedEntries(tenant, all));
    const bySpan = Map.groupBy(posted, ({ call }) => spanKey(call));
    const entries = calls.flatMap((call) => settleCall(tenant, call, bySpan.get(spanKey(call)) ?? []));
    if (entries.length === 0) return;
    const pending = { token: tokenOf(tenant, posted), entries };
    await writeState(directory, FILE, pending);
    await write(options, pending);
    log.info({ tenant, traces: traceIds.length, corrections: entries.length }, 'traces that several collectors wrote at once are settled');
  }
}

/** A batch of a former process is written again under its token, which completes whatever it left half written. */
async function complete(options: SettlerOptions): Promise<void> {
  const pending = (await readState(options.directory, FILE).catch(() => undefined)) as Partial<Pending> | null | undefined;
  if (!pending?.token || !pending.entries) return;
  const { token, entries } = pending;
  await options.turn(() => write(options, { token, entries }));
}

async function write(options: SettlerOptions, { token, entries }: Pending): Promise<void> {
  const { ledger, patience, directory, onSettled, log } = options;
  const refused = await writePosting(ledger, { token, entries, steps: [] }, patience);
  for (const row of refused) log.error(row, 'the ledger cannot store the correction of a call');
  await writeState(directory, FILE, {});
  onSettled(entries);
}

const keyOf = ({ tenant, traceId }: SharedTrace): string => `${tenant}/${traceId}`;
const spanKey = ({ traceId, spanId }: { readonly traceId: string; readonly spanId: string }): string => `${traceId}/${spanId}`;

/** Who finds the same entries writes the same corrections under the same token. */
function tokenOf(tenant: TenantId, posted: readonly PostedEntry[]): string {
  const hash = createHash('sha256').update(tenant);
  for (const { call, version, token } of posted) hash.update(`\n${call.traceId}/${call.spanId}/${version}/${token}`);
  return `settle-${hash.digest('hex').slice(0, 32)}`;
}
