import type { InclusiveUsage } from '@tokenledger/model';

type AttributeValue = string | number | boolean | string[];
export type JsonObject = Readonly<Record<string, unknown>>;
export type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Reads one header, by its lower-case name. */
export type HeaderReader = (name: string) => string | undefined;

/**
 * One request to a model as the wire shows it. The provider readers fill it in while request and answer go by; it becomes a
 * span when the exchange is over. It holds no prompt and no answer text unless the operator turned content on.
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
  /** As the conventions state it: `input_tokens` contains cached input, `output_tokens` contains reasoning. Unstated is absent. */
  readonly usage: Mutable<InclusiveUsage>;
  /** The usage object of a stream, merged so far from its events. */
  statedUsage?: JsonObject | undefined;
  inner: readonly InnerCall[];
  /** What the provider says the call cost, USD; `inner` is in it. */
  reportedCostUsd?: number | undefined;
  /** Facts that only some providers have, by attribute name. */
  readonly attributes: Record<string, AttributeValue>;
  /** Sizes in UTF-8 bytes of prompt text and of streamed answer text, for when the usage is never stated. `null`: more than is read. */
  promptBytes?: number | null | undefined;
  answerBytes: number;
  /** The streamed answer's text; only where the operator turned content on. */
  answerText?: string | undefined;
  attempt?: Attempt | undefined;
  /** The answer is only a receipt: the work goes on at the provider and is asked for later, by `jobId` or else by `responseId`. */
  isPending?: boolean | undefined;
  jobId?: string | undefined;
  startMs: number;
  endMs?: number | undefined;
  /** Since `startMs`. */
  firstChunkMs?: number | undefined;
  status?: number | undefined;
  error?: CallError | undefined;
}

/** A request to another model that the provider made by itself within the call. Billed beside it, at that model's price. */
export type InnerCall = Pick<ObservedCall, 'operation' | 'requestModel' | 'usage'>;

export interface CallError {
  readonly type: string;
  /** The app itself gave the request up. */
  readonly isAbort: boolean;
  /** The client is likely to try again, after at least so long. */
  readonly retryAfterMs?: number | undefined;
}

/** One of several tries of one request. */
export interface Attempt {
  /** 0 for the first. */
  readonly number: number;
  readonly url: string;
  /** Of the body, the same for every try; `undefined` where the connection failed before it was sent. Made only when it is needed. */
  readonly bodyHash: () => string | undefined;
}
