import { DirectoryInUseError } from '../journal/directory-lock.ts';
import type { Front, FrontOptions, Recovered } from './front.ts';

/** What the thread is given. */
export interface ThreadData {
  readonly options: FrontOptions;
  /** Where its process keeps compiled code, if it does. */
  readonly compileCacheDir: string | undefined;
}

/** What can be asked of the receiving thread. */
export type Question = Exclude<keyof Front, 'recovered'>;

export interface Asked {
  /** Numbers of questions; the answer bears the same. */
  readonly id: number;
  readonly question: Question;
  readonly about: readonly unknown[];
}

export type FromFront =
  | { readonly type: 'opened'; readonly recovered: Recovered }
  | { readonly type: 'failed'; readonly problem: Problem }
  | { readonly type: 'answer'; readonly id: number; readonly answer: unknown }
  | { readonly type: 'problem'; readonly id: number; readonly problem: Problem }
  /** A line of pino's. */
  | { readonly type: 'log'; readonly line: string };

/** An error on its way between threads, where its class and most of its fields are lost. */
export interface Problem {
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
  readonly code: string | undefined;
}

export function toProblem(error: unknown): Problem {
  const { name, message, stack } = error instanceof Error ? error : new Error(String(error));
  const code = error instanceof Error && 'code' in error ? String(error.code) : undefined;
  return { name, message, stack, code };
}

export function toError({ name, message, stack, code }: Problem): Error {
  const error = name === DirectoryInUseError.name ? new DirectoryInUseError(message) : new Error(message);
  return Object.assign(error, { name, stack: stack ?? error.stack, ...(code !== undefined && { code }) });
}
