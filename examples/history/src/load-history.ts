import { createAccountant, type Posting } from '@tokenledger/collector';
import { BACKFILL, type Ledger } from '@tokenledger/ledger';
import { DEFAULT_TENANT, type TenantId } from '@tokenledger/model';
import type { PriceBook } from '@tokenledger/pricing';
import { history, type HistoryOptions } from './history.ts';

export interface LoadOptions extends HistoryOptions {
  readonly ledger: Pick<Ledger, 'write'>;
  readonly priceBook: Pick<PriceBook, 'price'>;
  readonly tenant?: TenantId | undefined;
  /** Names what is loaded: again under the same name, with the same options, it counts once. */
  readonly token: string;
  readonly onProgress?: ((doneShare: number) => void) | undefined;
}

export interface Loaded {
  readonly calls: number;
  readonly steps: number;
}

/** Spans of a block; the ledger likes few large inserts. */
const BLOCK_SPANS = 20_000;

/** Observes, judges, prices and stores a history as the collector would have: the path of every span, without its sockets and journal. */
export async function loadHistory(options: LoadOptions): Promise<Loaded> {
  const { ledger, priceBook, tenant = DEFAULT_TENANT, token, onProgress } = options;
  // Nothing of it is in the ledger already, and a trace is told whole: there is little to remember.
  const accountant = createAccountant({ priceBook, recall: async () => [], soleWriterSinceMs: 0, capacity: 2000 });
  let loaded: Loaded = { calls: 0, steps: 0 };
  let block = 0;
  let writing: Promise<unknown> = Promise.resolve();
  const write = async ({ entries, steps }: Pick<Posting, 'entries' | 'steps'>) => {
    await writing;
    loaded = { calls: loaded.calls + entries.length, steps: loaded.steps + steps.length };
    // While the engine stores this block the next one is understood.
    writing = ledger.write({ token: `${BACKFILL}${token}/${String(block++)}`, entries, steps });
    writing.catch(() => undefined);
  };
  let entries: Posting['entries'] = [];
  let steps: Posting['steps'] = [];
  let hours = 0;
  const allHours = (options.days ?? 30) * 24;
  for (const spans of history(options)) {
    const posting = await accountant.post(spans.map((span) => ({ tenant, span, receivedMs: Math.round(span.endMs) })));
    entries.push(...posting.entries);
    steps.push(...posting.steps);
    if (entries.length + steps.length >= BLOCK_SPANS) {
      await write({ entries, steps });
      entries = [];
      steps = [];
      onProgress?.(hours / allHours);
    }
    hours += 1;
  }
  await write({ entries, steps });
  await writing;
  return loaded;
}
