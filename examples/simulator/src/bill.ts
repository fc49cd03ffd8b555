import type { Usage } from '@tokenledger/model';

/** What the provider would invoice for one HTTP request: the truth that a ledger is compared with. */
export interface BilledCall {
  /** 1 for the first request the simulator answered, counted in order of arrival. */
  readonly request: number;
  readonly provider: 'openai' | 'anthropic';
  readonly operation: 'chat' | 'responses' | 'embeddings' | 'messages';
  readonly requestModel: string;
  /** The dated model that answered. */
  readonly model: string;
  /** Absent where the answer has none: errors and embeddings. */
  readonly responseId?: string | undefined;
  readonly serviceTier?: string | undefined;
  /** The HTTP status. Failed requests are on the list with an empty `usage`. */
  readonly status: number;
  readonly streamed: boolean;
  /** Disjoint buckets; a bucket of 0 is left out. */
  readonly usage: Usage;
  /** False when the client could not have read the final usage: not asked for, withheld, or the stream broke before it. */
  readonly usageOnWire: boolean;
}
