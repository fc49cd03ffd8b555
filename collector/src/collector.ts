import type { Ledger } from '@tokenledger/ledger';
import { type KeyRing, needsKeys } from '@tokenledger/model';
import type { Logger } from 'pino';
import { createAccountant } from './account/accountant.ts';
import type { Pricing } from './account/price.ts';
import type { Books } from './books.ts';
import { type CollectorLimits, collectorLimitsSchema } from './config.ts';
import { FrontEndedError } from './front/front-thread.ts';
import { startLastingFront } from './front/lasting-front.ts';
import { setAsideIn } from './journal/dead-letter.ts';
import { type Recalled, runPipeline } from './pipeline.ts';
import { createRepricer, type Repricer } from './reprice/repricer.ts';
import { runSettler } from './settle/settler.ts';
import { createPatience } from './store/patience.ts';
import { createTurns } from './turns.ts';

export interface CollectorOptions {
  readonly ledger: Pick<Ledger, 'write' | 'recall' | 'tenantsOfPeriod' | 'callsOfPeriod'> & Partial<Pick<Ledger, 'openBatch'>>;
  /** Where others write, too: the traces that several wrote at once are settled. Absent: nobody does, or somebody else settles. */
  readonly shared?: Pick<Ledger, 'sharedTraces' | 'postedEntries' | 'exclusively'>;
  /** `version` names its data: when it changes on the way, re-pricing starts over. */
  readonly priceBook: Pricing & { readonly version?: string };
  /** Made when it is not there. One collector at a time. */
  readonly journalDir: string;
  readonly host: string;
  /** 0 takes any free one. */
  readonly port: number;
  /** For OTLP/gRPC, on the same host; 0 takes any free one. Without it only HTTP is spoken. */
  readonly grpcPort?: number;
  /** An empty ring asks for no key, and is only accepted on loopback. */
  readonly keys: KeyRing;
  readonly log: Logger;
  /**
   * Nobody else writes to this ledger while this collector runs, and what it holds began before this (epoch milliseconds): then what
   * began later and was not seen here need not be looked up. Absent: others may write, too.
   */
  readonly soleWriterSinceMs?: number;
  readonly limits?: Partial<CollectorLimits>;
}

export interface Collector {
  readonly url: string;
  /** `http://host:port` of OTLP/gRPC, as exporters want it, if it was asked for. */
  readonly grpcUrl: string | undefined;
  readonly books: () => Promise<Books>;
  /** Prometheus text. */
  readonly metrics: () => Promise<string>;
  /** Whether requests would be accepted now, and if not, why. */
  readonly ready: () => Promise<{ readonly ready: boolean; readonly reason?: string }>;
  /** Prices stored calls anew, in turns with the storing of new ones. */
  readonly repricer: Pick<Repricer, 'start' | 'status'>;
  /** Answers what has begun, writes the journal, stores what it can in a second or two. The rest is stored by the next start. */
  readonly stop: () => Promise<void>;
}

/**
 * OTLP in, ledger entries out; the way between is durable. Starts by storing what a former process left in the journal.
 * @throws DirectoryInUseError, or what listening throws
 */
export async function startCollector(options: CollectorOptions): Promise<Collector> {
  const { ledger, priceBook, journalDir, host, port, keys, log } = options;
  if (keys.empty && needsKeys(host)) throw new TypeError(`a collector that asks for no key may not listen on ${host}`);
  const limits = collectorLimitsSchema.parse(options.limits ?? {});

  const front = await startLastingFront(
    { host, port, grpcPort: options.grpcPort, journalDir, keys: keys.stored, limits, logLevel: log.level },
    log,
  );
  const abort = new AbortController();
  const patience = createPatience({ stop: abort.signal, log, onRetry: front.retried });
  const recalled: Recalled = { exceptToken: undefined };
  const accountant = createAccountant({
    priceBook,
    recall: (tenant, query) => ledger.recall(tenant, { ...query, ...recalled }),
    isWrittenLater: true,
    ...(options.soleWriterSinceMs !== undefined && { soleWriterSinceMs: options.soleWriterSinceMs }),
  });
  const turn = createTurns();
  const repricer = createRepricer({
    ledger,
    priceBook,
    directory: journalDir,
    turn,
    patience,
    isCaughtUp: () => !front.isRecovering(),
    onWritten: () => accountant.reset(),
    log,
  });
  await repricer.recover();
  const journal = { ...front, setAside: setAsideIn(journalDir, log) };
  const stored = storeUntilStopped();

  /** A new receiving thread hands out again what is not done. */
  async function storeUntilStopped(): Promise<void> {
    while (!abort.signal.aborted) {
      try {
        return await runPipeline({ journal, accountant, ledger, patience, recalled, turn });
      } catch (error) {
        if (!(error instanceof FrontEndedError)) throw error;
      } finally {
        accountant.reset();
      }
    }
  }

  if (options.shared)
    void runSettler({
      ledger: { ...ledger, ...options.shared },
      priceBook,
      directory: journalDir,
      turn,
      patience,
      stop: abort.signal,
      everyMs: limits.settleMs,
      onSettled: (entries) => front.settled(entries.length),
      log,
    }).catch((error: unknown) => log.error({ err: error }, 'traces of several collectors are settled no more'));

  let stopped: Promise<void> | undefined;
  const stop = () => (stopped ??= stopOnce());
  async function stopOnce(): Promise<void> {
    await front.seal();
    const outOfTime = setTimeout(() => abort.abort(), limits.stopFlushMs);
    await Promise.race([stored, new Promise((resolve) => abort.signal.addEventListener('abort', resolve))]);
    clearTimeout(outOfTime);
    abort.abort();
    await front.end();
  }

  try {
    const { url, grpcUrl } = await front.listen();
    const { spans: recovered, corruptBytes } = front.recovered();
    log.info({ url, grpcUrl, recovered, corruptBytes }, 'collector is listening');
    return {
      url,
      grpcUrl,
      books: front.books,
      metrics: front.metrics,
      ready: async () => {
        const reason = await front.refusal();
        return reason === undefined ? { ready: true } : { ready: false, reason };
      },
      repricer,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
