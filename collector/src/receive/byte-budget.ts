import { CollectorError } from '../errors.ts';

/** What one request holds of the budget. */
export interface Lease {
  /** @throws CollectorError `overloaded` when the budget is spent; nothing is taken then */
  take(bytes: number): void;
  release(): void;
}

export interface ByteBudget {
  readonly used: number;
  lease(): Lease;
}

/** Bounds the bytes of all requests together, counted as they arrive: what a slow sender only announced takes nothing. */
export function createByteBudget(limit: number): ByteBudget {
  let used = 0;
  return {
    get used() {
      return used;
    },
    lease() {
      let held = 0;
      return {
        take(bytes) {
          if (used + bytes > limit) throw new CollectorError('overloaded', 'too many bytes in flight; send again');
          used += bytes;
          held += bytes;
        },
        release() {
          used -= held;
          held = 0;
        },
      };
    },
  };
}
