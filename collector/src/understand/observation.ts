import type { Attribution, Semantics, SpanIdentity, Usage } from '@tokenledger/model';
import type { CountField } from './reading.ts';

/** What a span stands for in the bill. */
export type Role =
  /** One provider request. */
  | 'inference'
  /** A library's own span around the requests it makes (`ai.generateText`): repeats or sums their usage. */
  | 'wrapper'
  /** An agent, chain or workflow: may sum the usage of everything below. */
  | 'agent'
  | 'tool'
  | 'retrieval'
  /** Not about models: HTTP, databases, the application's own spans. */
  | 'other';

/** One reason why a number is where it is, for a reader. */
export interface Evidence {
  readonly rule: string;
  readonly detail: string;
}

/**
 * What one span says, understood on its own: a pure function of the span. Numbers an emitter did not give are absent, never 0.
 * Times are as exact as the ledger holds them, so that it can be read back from its row (see account/stored-evidence.ts) and judged again
 * together with a late neighbour.
 */
export interface Observation extends SpanIdentity, Attribution {
  readonly role: Role;
  readonly dialect: string;
  readonly semantics: Semantics;
  readonly provider: string;
  readonly gateway?: string | undefined;
  readonly operation: string;
  readonly requestModel?: string | undefined;
  readonly responseModel?: string | undefined;
  readonly serviceTier?: string | undefined;
  readonly region?: string | undefined;
  readonly responseId?: string | undefined;
  readonly ttftMs?: number | undefined;
  readonly finishReasons?: readonly string[] | undefined;
  readonly promptName?: string | undefined;
  readonly promptVersion?: string | undefined;
  readonly promptFingerprint?: string | undefined;
  readonly promptTemplateFingerprint?: string | undefined;
  readonly usage: Usage;
  readonly rawUsage: Readonly<Record<string, number | string>>;
  /** Which attribute each number was read from. */
  readonly origins: Readonly<Partial<Record<CountField, string>>>;
  /** True when the usage, or a part of it, is somebody's estimate and no count of the provider. */
  readonly estimated: boolean;
  /** Decimal USD as text, and who computed it. Absent when the emitter said 0 for "unknown". */
  readonly reportedCostUsd?: string | undefined;
  readonly reportedCostBy?: 'provider' | 'emitter' | undefined;
  /** A stored answer that the provider did not compute again. */
  readonly servedFromCache?: boolean | undefined;
  readonly evidence: readonly Evidence[];
}

/** A span that could stand for money is a row of `calls`; every other one is a step. It depends on the span alone, so it never changes. */
export function isCallRow(observation: Observation): boolean {
  switch (observation.role) {
    case 'inference':
      return true;
    case 'wrapper':
    case 'agent':
      return hasUsage(observation);
    case 'tool':
    case 'retrieval':
    case 'other':
      return false;
  }
}

export function hasUsage({ usage }: { readonly usage: Usage }): boolean {
  for (const _meter in usage) return true;
  return false;
}
