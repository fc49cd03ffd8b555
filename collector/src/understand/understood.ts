import type { Semantics, Usage } from '@tokenledger/model';
import type { Profile } from './dialect.ts';
import type { Evidence, Role } from './observation.ts';

/** What a dialect makes of a span. */
export interface Understood {
  readonly role: Role;
  readonly dialect: string;
  readonly operation: string;
  readonly provider: string;
  readonly gateway: string | undefined;
  readonly region: string | undefined;
  readonly requestModel: string | undefined;
  readonly responseModel: string | undefined;
  readonly usage: Usage;
  readonly estimated: boolean;
  readonly semantics: Semantics;
  readonly evidence: readonly Evidence[];
  /** How its numbers read; absent when it is not about models. */
  readonly profile: Profile | undefined;
}
