import type { RecallQuery, StoredSpan } from '@tokenledger/ledger';
import type { Call, LedgerEntry, StepRow, TenantId } from '@tokenledger/model';
import { isCallRow, type Observation } from '../understand/observation.ts';
import { observe } from '../understand/observe.ts';
import { resolve, type Verdict } from '../understand/resolve/resolve.ts';
import { twinsQuery } from '../understand/resolve/twin-index.ts';
import { allocateYoung } from './allocate-young.ts';
import { collectSooner } from './collect-sooner.ts';
import { entriesFor, isChanged } from './entries.ts';
import { Memory } from './memory.ts';
import type { KnownSpan, Told, Trace } from './trace.ts';
import { PostedCall } from './posted-call.ts';
import { type Pricing, priceOf } from './price.ts';
import type { Received } from './received.ts';
import { toCall, toStepRow } from './row.ts';
import { writeCallEvidence } from './stored-evidence.ts';

/** Everything the ledger holds of these traces, and of the traces with a call of these response ids. */
export type Recall = (tenant: TenantId, query: RecallQuery) => Promise<readonly StoredSpan[]>;

export interface AccountantOptions {
  readonly priceBook: Pricing;
  readonly recall: Recall;
  /** Spans remembered; the traces touched longest ago are forgotten first, and recalled when they come back. */
  readonly capacity?: number;
  /** Of them so many are held as objects, and those that came as protobuf otherwise as bytes: slower to come back to, a tenth of the work. */
  readonly awake?: number;
  /**
   * Since when (epoch milliseconds) this accountant alone writes to the ledger. What is remembered is then all there is, and a trace
   * whose root began later and that was never seen is known to be new: neither is recalled. Absent: others may write, too, and every
   * trace is looked up each time it is touched.
   */
  readonly soleWriterSinceMs?: number;
  /** Postings are written while later ones are made: none is forgotten before `written` was told of it. Absent: each is written at once. */
  readonly isWrittenLater?: boolean;
  readonly now?: () => number;
}

export interface Posting {
  readonly entries: LedgerEntry[];
  readonly steps: StepRow[];
  /** Spans that were known already. */
  readonly duplicates: number;
}

export interface Accountant {
  /**
   * Spans → what must be written to the ledger because of them: new calls, and corrections of calls that are seen in another light now.
   * Postings must be written in the order in which they were asked for.
   */
  post(batch: readonly Received[]): Promise<Posting>;
  /** It alone writes, so that it seldom has to ask the ledger. */
  readonly isSole: boolean;
  /** The number of the last posting. */
  readonly posted: number;
  /** The postings up to this one are in the ledger. */
  written(posting: number): void;
  /** Calls of these traces as they should be, seen from all the ledger holds; changes nothing and is of use once. */
  rejudge(tenant: TenantId, traceIds: readonly string[]): Promise<readonly Call[]>;
  /** Forgets what was posted: to be called when a posting was not written, or when somebody else wrote. The ledger then tells what was. */
  reset(): void;
}

const DEFAULT_CAPACITY = 100_000;
/** What comes in several requests comes within moments, or after seconds. */
const DEFAULT_AWAKE = 256;
/**
 * Traces judged together. More than a few are tied together only when traces with many calls overlap, or many name one response. Each trace
 * is then judged beside those that are tied to it most directly, and no verdict is taken from the edge of a group.
 */
const MOST_LINKED = 64;
/** Ties to what only the ledger remembers are followed so many times. */
const MOST_ROUNDS = 8;

/** Traces that must be judged together; of the first so many of them all that they are tied to is among them. */
interface Group {
  readonly traces: readonly Trace[];
  readonly judged: number;
}

interface Observed extends Told {
  readonly received: Received;
}

export function createAccountant(options: AccountantOptions): Accountant {
  allocateYoung();
  collectSooner();
  const { priceBook, recall, capacity = DEFAULT_CAPACITY, awake = DEFAULT_AWAKE, soleWriterSinceMs, now = Date.now } = options;
  const isSole = soleWriterSinceMs !== undefined;
  let prices = priceBook.current ?? priceBook;
  const memory = new Memory({ capacity, awake, sinceMs: soleWriterSinceMs ?? Infinity, prices, now });
  let queue: Promise<unknown> = Promise.resolve();
  let posted = 0;
  let lastWritten = options.isWrittenLater ? 0 : Infinity;

  async function postNow(batch: readonly Received[]): Promise<Posting> {
    const entries: LedgerEntry[] = [];
    const steps: StepRow[] = [];
    let duplicates = 0;
    adoptPrices();
    memory.begin(++posted);
    for (const [tenant, ofTenant] of byTenant(batch)) {
      const observed = observeAll(tenant, ofTenant);
      const asked = await recallUnknown(tenant, observed);
      const touched = new Set<Trace>();
      for (const { received, observation, trace } of observed) {
        const outcome = memory.add(trace, observation, received);
        if (outcome !== 'new') duplicates += 1;
        if (outcome === 'known') continue;
        touched.add(trace);
        if (outcome === 'replaced') dropStep(steps, tenant, observation);
        if (!isCallRow(observation)) steps.push(toStepRow(received, observation));
      }
      for (const group of await groupLinked(tenant, touched, asked)) settle(tenant, group, entries);
    }
    memory.makeRoom(lastWritten);
    return { entries, steps, duplicates };
  }

  /** A posting is made at the prices of one moment. */
  function adoptPrices(): void {
    const { current = priceBook } = priceBook;
    if (current === prices) return;
    prices = current;
    memory.reprice(prices);
  }

  function observeAll(tenant: TenantId, batch: readonly Received[]): Observed[] {
    let trace: Trace | undefined;
    return batch.map((received) => {
      const observation = observe(received.span);
      const { traceId, role } = observation;
      // Spans of a trace mostly come one after another.
      if (trace?.traceId !== traceId) trace = memory.trace(tenant, traceId) ?? memory.create(tenant, traceId);
      if (role === 'inference') memory.meet(tenant, observation);
      return { received, observation, trace };
    });
  }

  /** Brings into memory what the ledger may hold of these traces. Returns the calls whose twins were asked for in the same breath. */
  async function recallUnknown(tenant: TenantId, observed: readonly Observed[]): Promise<Set<Observation>> {
    const traces = [...memory.tracesToRecall(observed)];
    const calls: Observation[] = [];
    for (const { observation } of observed) if (mayHaveForgotten(tenant, observation)) calls.push(observation);
    const traceIds = traces.map(({ traceId }) => traceId);
    await ask(tenant, traceIds, calls);
    if (isSole) for (const trace of traces) trace.known = 'all';
    return new Set(calls);
  }

  async function ask(tenant: TenantId, traceIds: readonly string[], calls: readonly Observation[]): Promise<void> {
    const responseIds = new Set(
      calls.filter((call) => memory.mayHaveForgottenResponse(tenant, call)).flatMap(({ responseId }) => responseId ?? []),
    );
    const twins = twinsQuery(calls.filter((call) => memory.mayHaveForgottenTwin(tenant, call)));
    if (traceIds.length + responseIds.size + twins.calls.length === 0) return;
    const query = { traceIds, responseIds: [...responseIds], twins };
    for (const stored of await recall(tenant, query)) memory.recall(tenant, stored);
  }

  const mayHaveForgotten = (tenant: TenantId, observation: Observation) =>
    observation.role === 'inference' &&
    (memory.mayHaveForgottenResponse(tenant, observation) || memory.mayHaveForgottenTwin(tenant, observation));

  /**
   * Traces that share a request are judged together, with what is tied to them in turn, and so are those that lost a tie to them. Ties to
   * traces that only the ledger remembers are looked up until there are no more.
   */
  async function groupLinked(tenant: TenantId, touched: Set<Trace>, asked: Set<Observation>): Promise<readonly Group[]> {
    for (let round = 1; ; round++) {
      for (const trace of memory.takeMoved(tenant)) touched.add(trace);
      const groups = groupRemembered(touched);
      if (round > MOST_ROUNDS) return groups;
      const calls: Observation[] = [];
      for (const { traces } of groups)
        for (const { spans } of traces)
          for (const { observation } of spans.values())
            if (mayHaveForgotten(tenant, observation) && !asked.has(observation)) calls.push(observation);
      if (calls.length === 0) return groups;
      for (const call of calls) asked.add(call);
      await ask(tenant, [], calls);
    }
  }

  function groupRemembered(touched: ReadonlySet<Trace>): Group[] {
    const groups: Group[] = [];
    const done = new Set<Trace>();
    const ties = new Map<Trace, ReadonlySet<Trace>>();
    for (const trace of touched) {
      if (done.has(trace)) continue;
      const linked = ties.get(trace) ?? memory.linked(trace);
      if (linked.size === 0) {
        groups.push({ traces: [trace], judged: 1 });
        continue;
      }
      ties.set(trace, linked);
      groups.push(groupAround(trace, ties, done));
    }
    return groups;
  }

  function groupAround(trace: Trace, ties: Map<Trace, ReadonlySet<Trace>>, done: Set<Trace>): Group {
    const traces = new Set([trace]);
    let judged = 0;
    // Nearest ties first: what is added is walked as well, until there is no more room.
    for (const member of traces) {
      if (traces.size >= MOST_LINKED) break;
      const linked = ties.get(member) ?? memory.linked(member);
      ties.set(member, linked);
      for (const other of linked) traces.add(other);
      judged += 1;
      done.add(member);
    }
    return { traces: [...traces], judged };
  }

  function settle(tenant: TenantId, { traces, judged }: Group, entries: LedgerEntry[]): void {
    const observations: Observation[] = [];
    for (const { spans } of traces) for (const { observation } of spans.values()) observations.push(observation);
    const verdictOn = resolve(observations);
    for (const trace of traces) memory.touch(trace);
    for (const { spans } of judged === traces.length ? traces : traces.slice(0, judged))
      for (const known of spans.values()) {
        const verdict = verdictOn(known.observation);
        if (verdict) postCall(tenant, known, verdict, entries);
      }
  }

  function postCall(tenant: TenantId, known: KnownSpan, verdict: Verdict, into: LedgerEntry[]): void {
    const { receivedMs } = known;
    if (known.posted) {
      if (known.posted instanceof PostedCall && known.posted.isOf(verdict)) return;
      known.trace.isSeenAnew = true;
    }
    const posted = known.posted && { call: known.posted.call, version: known.posted.version };
    const priced = priceOf(verdict, posted?.call, prices);
    if (posted && !isChanged(posted.call, toCall(verdict, priced, receivedMs, posted.call.evidence))) return;
    const evidence = writeCallEvidence(known.observation, verdict.observation, verdict.judged);
    const call = toCall(verdict, priced, receivedMs, evidence);
    const entries = entriesFor(tenant, posted, call);
    for (const entry of entries) into.push(entry);
    known.posted = new PostedCall({ verdict, priced, receivedMs, evidence, version: entries.at(-1)?.version ?? 0 });
  }

  async function rejudge(tenant: TenantId, traceIds: readonly string[]): Promise<readonly Call[]> {
    await ask(tenant, traceIds, []);
    const touched = new Set(traceIds.flatMap((traceId) => memory.trace(tenant, traceId) ?? []));
    const groups = await groupLinked(tenant, touched, new Set());
    for (const group of groups) settle(tenant, group, []);
    return groups.flatMap(({ traces, judged }) =>
      traces.slice(0, judged).flatMap(({ spans }) => [...spans.values()].flatMap(({ posted }) => posted?.call ?? [])),
    );
  }

  return {
    isSole,
    get posted() {
      return posted;
    },
    written(posting) {
      lastWritten = posting;
    },
    rejudge,
    post(batch) {
      const posting = queue.then(() => postNow(batch));
      queue = posting.catch(() => undefined);
      return posting;
    },
    reset() {
      memory.forgetAll();
    },
  };
}

/** Mostly all are one tenant's. */
function byTenant(batch: readonly Received[]): Iterable<readonly [TenantId, readonly Received[]]> {
  const [first] = batch;
  if (first && batch.every(({ tenant }) => tenant === first.tenant)) return [[first.tenant, batch]];
  return Map.groupBy(batch, ({ tenant }) => tenant);
}

/** What was told of the span before it was told better. */
function dropStep(steps: StepRow[], tenant: TenantId, { traceId, spanId }: Observation): void {
  const place = steps.findIndex((row) => row.step.spanId === spanId && row.step.traceId === traceId && row.tenant === tenant);
  if (place >= 0) steps.splice(place, 1);
}
