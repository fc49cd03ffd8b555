import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Ledger, PeriodPage } from '@tokenledger/ledger';
import type { LedgerEntry, RepriceRequest, RepriceStatus, TenantId } from '@tokenledger/model';
import type { Logger } from 'pino';
import type { Pricing } from '../account/price.ts';
import { messageOf } from '../store/loss.ts';
import { type Patience, StoppedError } from '../store/patience.ts';
import { writePosting } from '../store/write-posting.ts';
import type { Turn } from '../turns.ts';
import { addDifference } from './differences.ts';
import { repriceCall } from './reprice-call.ts';
import { type PendingBatch, readProgress, type RepriceProgress, writeProgress } from './reprice-progress.ts';

export interface RepricerOptions {
  readonly ledger: Pick<Ledger, 'write' | 'recall' | 'tenantsOfPeriod' | 'callsOfPeriod'>;
  readonly priceBook: Pricing & { readonly version?: string };
  /** Where progress is kept: a directory of this process alone. */
  readonly directory: string;
  /** Shared with whoever else corrects calls. */
  readonly turn: Turn;
  readonly patience: Patience;
  /** False while a batch of a former process may be half written: until it is repeated, what the ledger says of its calls must stay. */
  readonly isCaughtUp: () => boolean;
  /** Called when entries were written that nobody else knows of. */
  readonly onWritten: () => void;
  readonly log: Logger;
}

export interface Repricing {
  /** `false` when another re-pricing runs: one at a time. */
  readonly accepted: boolean;
  readonly finished: Promise<RepriceStatus>;
}

/** Prices stored calls anew, as a job beside the pipeline. A job that a crash or a stop cut goes on with the next start. */
export interface Repricer {
  start(request: RepriceRequest): Repricing;
  /** Of the job that runs, else of the last one; `undefined` before the first. */
  status(): RepriceStatus | undefined;
  /** Completes what a former process began. To be called before anything else is written. */
  recover(): Promise<void>;
}

const NOTHING_YET = { callsSeen: 0, differences: [], at: undefined, pending: undefined } as const;
/** How long ClickHouse surely remembers a token; see the dedup windows of the tables. */
const TOKEN_REMEMBERED_MS = 600_000;
const CAUGHT_UP_POLL_MS = 50;

export function createRepricer(options: RepricerOptions): Repricer {
  const { ledger, priceBook, directory, turn, patience, isCaughtUp, onWritten, log } = options;
  let progress: RepriceProgress | undefined;
  let running: Promise<RepriceStatus> | undefined;
  let isInterrupted = false;

  const priceVersion = () => priceBook.version ?? '';

  function run(job: RepriceProgress): Promise<RepriceStatus> {
    progress = job;
    log.info(facts(job), 're-pricing');
    running = runToEnd(job).finally(() => {
      running = undefined;
    });
    return running;
  }

  async function runToEnd(job: RepriceProgress): Promise<RepriceStatus> {
    try {
      while (!isCaughtUp()) await patience('waiting for the journal', () => sleep(CAUGHT_UP_POLL_MS));
      if (!job.dryRun) await writeProgress(directory, job);
      await runPages(job);
      await finish({ state: 'done' });
    } catch (error) {
      if (error instanceof StoppedError) isInterrupted = true;
      else await finish({ state: 'failed', problem: messageOf(error) });
    }
    return statusOf(progress ?? job);
  }

  async function goOn(job: RepriceProgress, completed: Promise<void>): Promise<RepriceStatus> {
    try {
      await completed;
    } catch (error) {
      isInterrupted = true;
      log.error({ err: error }, 're-pricing waits for the next start');
      return statusOf(job);
    }
    log.info(facts(job), 're-pricing goes on');
    return runToEnd(job);
  }

  async function runPages(job: RepriceProgress): Promise<void> {
    const tenants = job.tenant === undefined ? await patience('listing tenants', () => ledger.tenantsOfPeriod(job)) : [job.tenant];
    const { at, priceVersion: version } = job;
    for (const tenant of tenants.filter((name) => at === undefined || name >= at.tenant)) {
      let after = tenant === at?.tenant ? at.after : undefined;
      do {
        const page = await (job.dryRun ? repricePage(tenant, after) : turn(() => repricePage(tenant, after)));
        if (priceVersion() !== version) return runPages(startOver(job));
        after = page.next;
      } while (after);
    }
  }

  /** Prices changed on the way. What was written stays written; a dry run forgets what it found. */
  function startOver(job: RepriceProgress): RepriceProgress {
    const sums = job.dryRun || !progress ? NOTHING_YET : { ...progress, at: undefined };
    progress = { ...job, ...sums, priceVersion: priceVersion() };
    return progress;
  }

  /** read → price → keep what will be written → write */
  async function repricePage(tenant: TenantId, after: PeriodPage['next']): Promise<PeriodPage> {
    if (!progress) throw new TypeError('a page belongs to a job');
    const { fromMs, toMs } = progress;
    const page = await patience('reading calls to re-price', () => ledger.callsOfPeriod(tenant, { fromMs, toMs, after }));
    const entries: LedgerEntry[] = [];
    let { differences } = progress;
    for (const stored of page.calls) {
      const added = repriceCall(tenant, stored, priceBook);
      differences = addDifference(differences, tenant, stored.call, added);
      entries.push(...added);
    }
    const next = { ...progress, callsSeen: progress.callsSeen + page.calls.length, differences, at: { tenant, after: page.next ?? after } };
    if (!progress.dryRun && entries.length > 0) await writeEntries(next, entries);
    progress = next;
    return page;
  }

  async function writeEntries(next: RepriceProgress, entries: readonly LedgerEntry[]): Promise<void> {
    const pending = { token: tokenOf(entries), sinceMs: Date.now(), entries };
    progress = { ...next, pending };
    await writeProgress(directory, progress);
    await write(pending);
  }

  async function write({ token, entries }: PendingBatch): Promise<void> {
    const refused = await writePosting(ledger, { token, entries, steps: [] }, patience);
    for (const row of refused) log.error(row, 'a call keeps its old price: the ledger cannot store the new one');
    onWritten();
  }

  async function finish(end: Pick<RepriceProgress, 'state' | 'problem'>): Promise<void> {
    if (!progress) return;
    progress = { ...progress, ...end };
    log.info(facts(progress), 're-pricing ended');
    if (progress.dryRun) return;
    await writeProgress(directory, progress).catch((error: unknown) => log.error({ err: error }, 'the end of a re-pricing is not kept'));
  }

  /** The rows of a former process are written again under their token, which completes whatever it left half written. */
  async function complete(pending: PendingBatch): Promise<void> {
    if (Date.now() - pending.sinceMs < TOKEN_REMEMBERED_MS || !(await isStored(pending))) await write(pending);
  }

  async function isStored({ entries }: PendingBatch): Promise<boolean> {
    const [first] = entries;
    if (!first) return true;
    const { traceId, spanId } = first.call;
    const spans = await patience('asking the ledger for a re-pricing', () => ledger.recall(first.tenant, { traceIds: [traceId] }));
    return spans.some((span) => span.spanId === spanId && span.version >= first.version);
  }

  function statusOf(job: RepriceProgress): RepriceStatus {
    const { at: _at, pending: _pending, ...said } = job;
    return said.state === 'running' && isInterrupted ? { ...said, state: 'interrupted' } : said;
  }

  return {
    start(request) {
      if (running) {
        const accepted = progress !== undefined && isSameRequest(progress, request);
        return { accepted, finished: running };
      }
      return { accepted: true, finished: run({ ...request, ...NOTHING_YET, state: 'running', priceVersion: priceVersion() }) };
    },
    status: () => progress && statusOf(progress),
    async recover() {
      const found = await readProgress(directory).catch((error: unknown) => {
        log.error({ err: error }, 'what was re-priced last cannot be read; ask for it again');
        return undefined;
      });
      if (!found) return;
      progress = { ...found, pending: undefined };
      const { pending } = found;
      const completed = pending ? turn(() => complete(pending)) : Promise.resolve();
      if (found.state !== 'running') return;
      const job = found.priceVersion === priceVersion() ? progress : startOver(progress);
      // Running from now on: a job that were asked for meanwhile would overwrite what is kept of this one.
      running = goOn(job, completed).finally(() => {
        running = undefined;
      });
    },
  };
}

/** The same rows have the same token, whoever writes them. */
function tokenOf(entries: readonly LedgerEntry[]): string {
  const hash = createHash('sha256');
  for (const { tenant, version, call, delta } of entries)
    hash.update(`${tenant}/${call.traceId}/${call.spanId}/${version}/${String(delta.cost)}/${String(call.cost)}\n`);
  return `reprice-${hash.digest('hex').slice(0, 32)}`;
}

function isSameRequest(a: RepriceRequest, b: RepriceRequest): boolean {
  return a.fromMs === b.fromMs && a.toMs === b.toMs && a.dryRun === b.dryRun && a.tenant === b.tenant;
}

function facts({ fromMs, toMs, dryRun, state, priceVersion, callsSeen, differences }: RepriceProgress) {
  const changed = differences.reduce((sum, { calls }) => sum + calls, 0);
  return { from: new Date(fromMs).toISOString(), to: new Date(toMs).toISOString(), dryRun, state, priceVersion, callsSeen, changed };
}
