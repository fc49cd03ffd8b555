import type { Call, TenantId } from '@tokenledger/model';
import type { Observation } from '../understand/observation.ts';
import type { Place } from './span-bytes.ts';

export interface KnownSpan {
  readonly trace: Trace;
  observation: Observation;
  receivedMs: number | undefined;
  /** What the ledger holds, or will hold when the postings so far are written. */
  posted: { readonly call: Call; readonly version: number } | undefined;
  /** Its bytes, from which all of this can be made again. */
  place: Place | undefined;
}

export interface Trace {
  readonly tenant: TenantId;
  readonly traceId: string;
  /** None while it is put away. */
  spans: Map<string, KnownSpan>;
  /** Of a trace that is put away: where its spans are. */
  away: readonly Place[] | undefined;
  /**
   * What of it is here: `all` that the ledger may hold; all that `came` since everything comes by here; or it came and was `forgotten`, and must be
   * looked up.
   */
  known: 'all' | 'came' | 'forgotten';
  /** The last posting that had to do with it, and how many had. */
  touchedBy: number;
  touches: number;
  /** The latest end of a span of it. */
  newestMs: number;
}

/** A span that came now, and its trace. */
export interface Told {
  readonly observation: Observation;
  readonly trace: Trace;
}
