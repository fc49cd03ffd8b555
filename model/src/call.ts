import type { PicoUsd } from './money.ts';
import type { Charge, PriceStatus } from './price.ts';
import type { Usage } from './usage.ts';

/** Whose tenant a row is; it comes only from the API key. */
export type TenantId = string;
export const DEFAULT_TENANT: TenantId = 'default';

/** Who caused a call. Every field is absent when nobody said; `tags` are free. */
export interface Attribution {
  readonly service?: string | undefined;
  readonly environment?: string | undefined;
  readonly team?: string | undefined;
  readonly feature?: string | undefined;
  readonly customer?: string | undefined;
  readonly user?: string | undefined;
  readonly session?: string | undefined;
  readonly run?: string | undefined;
  readonly agent?: string | undefined;
  readonly tags?: Readonly<Record<string, string>> | undefined;
}

/** How the numbers of a span were read: which profile, how sure, and what contradicted. */
export interface Semantics {
  readonly profile: string;
  readonly confidence: 'certain' | 'likely' | 'guess';
  readonly flags: readonly string[];
}

/** As OpenTelemetry names them. */
export const SPAN_STATUSES = ['unset', 'ok', 'error'] as const;
export type SpanStatus = (typeof SPAN_STATUSES)[number];

/** Identity and time of any span. Ids are lower-case hex (32 and 16 digits). Times are epoch milliseconds. */
export interface SpanIdentity {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string | undefined;
  readonly name: string;
  readonly timeMs: number;
  /**
   * When the collector first received the span. It takes the place of an event time that cannot be true, so it is the same in
   * every entry of a call. Absent: the time of writing.
   */
  readonly receivedMs?: number | undefined;
  readonly durationMs: number;
  readonly status: SpanStatus;
  readonly errorType?: string | undefined;
  readonly scope?: { readonly name: string; readonly version: string } | undefined;
}

/** One provider request that can cost money. */
export interface Call extends SpanIdentity, Attribution {
  readonly ttftMs?: number | undefined;
  readonly provider: string;
  readonly gateway?: string | undefined;
  readonly operation: string;
  readonly requestModel?: string | undefined;
  /** The response's model where known, else the request's: the one that is priced. */
  readonly model: string;
  readonly serviceTier?: string | undefined;
  readonly region?: string | undefined;
  readonly responseId?: string | undefined;
  readonly promptName?: string | undefined;
  readonly promptVersion?: string | undefined;
  readonly promptFingerprint?: string | undefined;
  readonly promptTemplateFingerprint?: string | undefined;
  readonly finishReasons?: readonly string[] | undefined;
  readonly usage: Usage;
  readonly charges: readonly Charge[];
  readonly cost: PicoUsd | null;
  readonly priceStatus: PriceStatus;
  readonly unpricedReason?: string | undefined;
  /** What the provider or the emitter said the call cost, kept beside ours. */
  readonly reportedCost?: PicoUsd | undefined;
  readonly billable: boolean;
  readonly notBillableReason?: string | undefined;
  /** True when the usage itself is somebody's estimate. */
  readonly estimated: boolean;
  readonly semantics: Semantics;
  /** The numbers as the emitter sent them, by attribute name, so that `explain` and re-pricing can start from them. */
  readonly rawUsage: Readonly<Record<string, number | string>>;
  /** Opaque JSON of the collector's observation: what a late span and `explain` are judged from. */
  readonly evidence: string;
}

/** Any other step of a trace: agent, workflow, tool, retrieval. Never billed. */
export interface Step extends SpanIdentity, Attribution {
  readonly kind: string;
  readonly attributes: Readonly<Record<string, string>>;
  /** Opaque JSON of the collector's observation, as on a call. */
  readonly evidence: string;
}

export const ENTRY_REASONS = ['call', 'correction', 'reprice'] as const;
export type EntryReason = (typeof ENTRY_REASONS)[number];

/**
 * One line of the append-only ledger. The first entry of a call has `reason: 'call'`; a correction or a re-pricing adds
 * entries whose quantities and amounts are the signed difference, so that sums over entries are always right.
 *
 * An entry counts under the facts it carries (its dimensions, time, duration). So if only amounts changed, one entry with the
 * difference is enough; if a fact that sums are grouped by changed (any of DIMENSIONS, `timeMs`, `durationMs`, `ttftMs`), the
 * call moves by two entries of one write: first `version` n with the old facts and minus everything counted so far, then n+1
 * with the new facts and plus everything that counts now. The latter has the higher version and so carries the present facts.
 */
export interface LedgerEntry {
  readonly tenant: TenantId;
  /** 0 for the first entry of a call, then 1, 2 … : the entry with the highest version carries the call's present facts. */
  readonly version: number;
  readonly reason: EntryReason;
  /** The call as it is understood after this entry, with its whole usage, charges and cost. */
  readonly call: Call;
  /** What sums add up: the difference this entry makes. `charges` count by meter. */
  readonly delta: {
    /** Billable calls: 1, 0 or -1, as the other counts. */
    readonly calls: number;
    readonly unpricedCalls: number;
    /** Requests to a provider, billed or not: billable calls and requests that failed without usage, each once. */
    readonly requests: number;
    /** The requests among them that ended in an error. */
    readonly errors: number;
    readonly usage: Usage;
    readonly charges: readonly Charge[];
    readonly cost: PicoUsd;
  };
}

export interface StepRow {
  readonly tenant: TenantId;
  readonly step: Step;
}
