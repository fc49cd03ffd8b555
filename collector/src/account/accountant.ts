import type { RecallQuery, StoredSpan } from '@tokenledger/ledger';
import type { Call, LedgerEntry, StepRow, TenantId } from '@tokenledger/model';
import type { OtlpSpan } from '../decode/otlp.ts';
import { isCallRow, type Observation } from '../understand/observation.ts';
import { observe } from '../understand/observe.ts';
import { resolve } from '../understand/resolve/resolve.ts';
import { spanKey } from '../understand/resolve/tree.ts';
import { entriesFor } from './entries.ts';
import { fromEvidence, type Pricing, toCall, toStepRow } from './row.ts';

/** Everything the ledger holds of these traces, and of the traces with a call of these response ids. */
export type Recall = (tenant: TenantId, query: RecallQuery) => Promise<readonly StoredSpan[]>;

export interface AccountantOptions {
  readonly priceBook: Pricing;
  readonly recall: Recall;
  /** Spans remembered; the least recently touched traces are forgotten first, and recalled when they come back. */
  readonly capacity?: number;
}

export interface Posting {
  readonly entries: LedgerEntry[];
  readonly steps: StepRow[];
  /** Spans that were known already. */
  readonly duplicates: number;
}

export interface Accountant {
  /** Spans → what must be written to the ledger because of them. Calls are made one after another, in the order they were asked for. */
  post(batch: readonly { readonly tenant: TenantId; readonly span: OtlpSpan }[]): Promise<Posting>;
  /** Forgets everything: to be called when a posting was not written. The ledger then tells what was. */
  reset(): void;
}

interface KnownSpan {
  observation: Observation;
  posted?: { readonly call: Call; readonly version: number };
}

interface Trace {
  readonly tenant: TenantId;
  readonly spans: Map<string, KnownSpan>;
}

const DEFAULT_CAPACITY = 100_000;

export function createAccountant({ priceBook, recall, capacity = DEFAULT_CAPACITY }: AccountantOptions): Accountant {
  let traces = new Map<string, Trace>();
  let queue: Promise<unknown> = Promise.resolve();

  const traceKey = (tenant: TenantId, traceId: string) => `${tenant}/${traceId}`;

  async function load(tenant: TenantId, traceIds: readonly string[]): Promise<void> {
    const unknown = traceIds.filter((traceId) => !traces.has(traceKey(tenant, traceId)));
    if (unknown.length === 0) return;
    const stored = await recall(tenant, { traceIds: unknown });
    for (const traceId of unknown) traces.set(traceKey(tenant, traceId), { tenant, spans: new Map() });
    for (const { version, evidence, call, traceId, spanId } of stored) {
      const observation = fromEvidence(evidence);
      const trace = traces.get(traceKey(tenant, traceId));
      if (!observation || !trace) continue;
      trace.spans.set(spanId, call ? { observation, posted: { call, version } } : { observation });
    }
  }

  async function postNow(batch: readonly { readonly tenant: TenantId; readonly span: OtlpSpan }[]): Promise<Posting> {
    const posting: Posting & { duplicates: number } = { entries: [], steps: [], duplicates: 0 };
    for (const [tenant, items] of Map.groupBy(batch, (item) => item.tenant)) {
      const touched = new Set(items.map(({ span }) => span.traceId));
      await load(tenant, [...touched]);
      for (const { span } of items) {
        const trace = traces.get(traceKey(tenant, span.traceId));
        if (!trace) continue;
        if (trace.spans.has(span.spanId)) {
          posting.duplicates += 1;
          continue;
        }
        const observation = observe(span);
        trace.spans.set(span.spanId, { observation });
        if (!isCallRow(observation)) posting.steps.push(toStepRow(tenant, observation));
      }
      for (const traceId of touched) {
        const key = traceKey(tenant, traceId);
        const trace = traces.get(key);
        if (!trace) continue;
        posting.entries.push(...settle(trace));
        traces.delete(key);
        traces.set(key, trace);
      }
    }
    forgetOldest();
    return posting;
  }

  function settle(trace: Trace): LedgerEntry[] {
    const verdicts = resolve([...trace.spans.values()].map(({ observation }) => observation));
    return [...trace.spans.values()].flatMap((known) => {
      const verdict = verdicts.get(spanKey(known.observation));
      if (!verdict) return [];
      const call = toCall(verdict, known.observation, priceBook);
      const entries = entriesFor(trace.tenant, known.posted, call);
      const last = entries.at(-1);
      if (last) known.posted = { call, version: last.version };
      return entries;
    });
  }

  function forgetOldest(): void {
    let spans = 0;
    for (const trace of traces.values()) spans += trace.spans.size;
    for (const [key, trace] of traces) {
      if (spans <= capacity) return;
      spans -= trace.spans.size;
      traces.delete(key);
    }
  }

  return {
    post(batch) {
      const posting = queue.then(() => postNow(batch));
      queue = posting.catch(() => undefined);
      return posting;
    },
    reset() {
      traces = new Map();
    },
  };
}
