import type { InclusiveUsage } from '@tokenledger/model';

export type AttributeValue = string | number | boolean | string[];
export type JsonObject = Readonly<Record<string, unknown>>;

/**
 * One request to a model as the wire shows it. The provider readers fill it in while request and answer go by; it becomes a
 * span when the exchange is over. It never holds prompt or answer text.
 */
export interface ObservedCall {
  operation: string;
  provider: string;
  /** The host, when it is nobody's known address: a gateway, a proxy, a self-hosted server. */
  readonly gateway?: string | undefined;
  readonly serverAddress: string;
  readonly serverPort: number;
  requestModel?: string | undefined;
  responseModel?: string | undefined;
  responseId?: string | undefined;
  readonly finishReasons: string[];
  streamed: boolean;
  /** As the conventions state it: `input_tokens` contains cached input, `output_tokens` contains reasoning. */
  readonly usage: Mutable<InclusiveUsage>;
  /** Whether the provider stated a usage. What is not stated is absent, never 0. */
  usageStated: boolean;
  /** The usage object of a stream, merged so far from its events. */
  statedUsage?: JsonObject | undefined;
  /** What the provider says the call cost, USD. */
  reportedCostUsd?: number | undefined;
  readonly attributes: Record<string, AttributeValue>;
  readonly startMs: number;
  endMs?: number | undefined;
  firstChunkMs?: number | undefined;
  status?: number | undefined;
  error?: { readonly type: string; readonly aborted: boolean } | undefined;
}

export type Mutable<T> = { -readonly [K in keyof T]: T[K] };
