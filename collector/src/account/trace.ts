import type { Call, TenantId } from '@tokenledger/model';
import type { Observation } from '../understand/observation.ts';
import type { Mark } from './mark.ts';
import { SpanList } from './span-list.ts';
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
  /** Of tenant and id. */
  readonly mark: Mark;
  readonly spans: SpanList<KnownSpan>;
  /** What came of it came so that it can be put away. */
  mayBePutAway: boolean;
  /**
   * What of it is here: `all` that the ledger may hold; all that `came` since everything comes by here; or it came and was `forgotten`, and must be
   * looked up.
   */
  known: 'all' | 'came' | 'forgotten';
  /** The last posting that had to do with it. */
  touchedBy: number;
  /** A call of it was seen in another light than when it was posted: what was posted last need not be what its spans give by themselves. */
  isSeenAnew: boolean;
  /** The latest end of a span of it. */
  newestMs: number;
  /** Its neighbours in the order of touches. */
  older: Trace | undefined;
  newer: Trace | undefined;
  /** Among the traces that are objects. */
  nextInBucket: Trace | undefined;
}

/** Without spans. */
export const newTrace = ({
  tenant,
  traceId,
  mark,
  mayBePutAway,
  known,
  touchedBy,
}: Pick<Trace, 'tenant' | 'traceId' | 'mark' | 'mayBePutAway' | 'known' | 'touchedBy'>): Trace => ({
  tenant,
  traceId,
  mark,
  spans: new SpanList(),
  mayBePutAway,
  known,
  touchedBy,
  isSeenAnew: false,
  newestMs: -Infinity,
  older: undefined,
  newer: undefined,
  nextInBucket: undefined,
});

/** A span that came now, and its trace. */
export interface Told {
  readonly observation: Observation;
  readonly trace: Trace;
}
