import type { KeyRing, TenantId } from '@tokenledger/model';
import type { Logger } from 'pino';
import type { CollectorLimits } from '../config.ts';
import { CollectorError, type RefusalCode } from '../errors.ts';
import type { ByteBudget } from './byte-budget.ts';
import type { Receive } from './delivery.ts';
import type { RateLimit, Sender } from './rate-limit.ts';

export const OTLP_SIGNALS = ['traces', 'logs', 'metrics'] as const;
export type OtlpSignal = (typeof OTLP_SIGNALS)[number];

/** What OTLP/HTTP and OTLP/gRPC share: the same receivers, and limits that hold for both together. */
export interface Admission {
  readonly receivers: Readonly<Record<OtlpSignal, Receive>>;
  readonly keys: KeyRing;
  readonly rate: RateLimit;
  readonly budget: ByteBudget;
  readonly limits: CollectorLimits;
  readonly log: Logger;
  /** `status` is HTTP's for both. */
  readonly answered: (signal: string, status: number, seconds: number) => void;
  readonly refused: (code: RefusalCode) => void;
}

/** Whose spans these are, and which key sent them. */
export interface Identity {
  readonly tenant: TenantId;
  readonly sender: Sender;
}

/** @throws CollectorError when the key may not send */
export function authenticate(authorization: string | undefined, keys: KeyRing): Identity {
  const answer = keys.authenticate(authorization, 'ingest');
  if (!answer.ok) throw new CollectorError(answer.code, answer.message);
  return { tenant: answer.tenant, sender: answer.keyId };
}
