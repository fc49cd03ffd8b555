import type { Filters } from './dimension-sql.ts';
import type { Id } from './group-id.ts';
import type { RolledSubject } from './rolled-sources.ts';

/** A question about prompts, runs, steps or quality: sums by some of the keys of their tables. */
export interface RolledQuery {
  readonly about: RolledSubject;
  /** Epoch milliseconds; `from` ≤ time < `to`. */
  readonly from: number;
  readonly to: number;
  readonly nowMs: number;
  readonly stepMs?: number | null;
  readonly keys: readonly string[];
  readonly sums: readonly string[];
  readonly filters: Filters;
  /** Only rows that say something of this key. */
  readonly said?: string;
  /** Only rows that say this of a key. */
  readonly only?: readonly [key: string, text: string] | undefined;
  /**
   * Groups by two numbers made of the keys, `ID`, instead of by their texts, which takes a third of the time where there are millions. The first of them is
   * enough to find some that are then asked by all their keys. Groups that add nothing are among them.
   */
  readonly byNumbers?: 1 | 2;
  /** With them, told apart by this key too, of which `apart` is the number. It is in the first number of the group. */
  readonly apart?: string | undefined;
  /** With one of them: the other one, by which nothing is grouped. */
  readonly withSecond?: true;
  /** Only groups of which one of those numbers is one of these. */
  readonly ids?: { readonly of: keyof Id; readonly values: readonly string[] };
  /** Sums of the same groups that another subject knows, whatever the filters; what that one has no group for has none of them. */
  readonly beside?: Pick<RolledQuery, 'about' | 'sums'>;
}
