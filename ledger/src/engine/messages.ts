import type { Account } from './accounts.ts';
import type { EngineLimits } from './engine-config.ts';

/** What the child needs to start; sent over IPC, so that passwords stand neither in arguments nor in the environment. */
export interface StartOptions {
  readonly dataDir: string;
  /** The port of an earlier start; undefined chooses one. */
  readonly port: number | undefined;
  /** Whose parent has only begun finds in the inbox what nobody will ask for; an engine that is started again finds what its senders will. */
  readonly inbox: 'empty' | 'keep';
  readonly accounts: readonly Account[];
  readonly limits: EngineLimits;
}

export type ToChild = { readonly type: 'start'; readonly options: StartOptions } | { readonly type: 'beat' } | { readonly type: 'stop' };

export type FromChild =
  | { readonly type: 'ready'; readonly port: number }
  | { readonly type: 'failed'; readonly reason: string }
  /** The engine has just answered a query. */
  | { readonly type: 'beat' };
