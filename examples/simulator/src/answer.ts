import type { Usage } from '@tokenledger/model';
import type { BilledCall } from './bill.ts';
import type { Ask, Plan } from './plan.ts';

/** One server-sent event. `event` is its name, where the provider names events. */
export interface StreamEvent {
  readonly event?: string | undefined;
  readonly data: unknown;
  /** The event that tells the final usage. */
  readonly carriesUsage?: boolean | undefined;
}

export interface Answer {
  readonly responseId?: string | undefined;
  readonly model: string;
  readonly serviceTier?: string | undefined;
  readonly usage: Usage;
  /** The whole answer to a request without `stream`. */
  readonly body: unknown;
  readonly bodyHasUsage: boolean;
  readonly events: readonly StreamEvent[];
}

export interface ErrorAnswer {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

/** A request that was understood: what it asks for, and how the provider would shape the planned answer. */
interface ProviderRequest {
  readonly ask: Ask;
  answer(plan: Plan): Answer;
}

/** One route of a provider. */
export interface Endpoint {
  readonly path: string;
  readonly provider: BilledCall['provider'];
  readonly operation: BilledCall['operation'];
  /** Undefined when the body is no request that this route can answer. */
  read(body: unknown): ProviderRequest | undefined;
  error(status: number, message: string): ErrorAnswer;
}

export function withoutZeros(usage: Usage): Usage {
  return Object.fromEntries(Object.entries(usage).filter(([, quantity]) => quantity !== 0));
}
