import type { Mark } from './mark.ts';

const FIRST_SLOTS = 2 ** 14;
const MOST_SLOTS = 2 ** 23;
/** Four bytes each, so 128 MiB at most. */
const MOST_SLOTS_TOGETHER = 2 ** 25;
/** Beyond it a table of this kind becomes slow. */
const FULLEST = 0.7;

interface Generation {
  readonly slots: Int32Array;
  size: number;
  /** The latest end of what it stands for, epoch milliseconds. */
  newestMs: number;
}

/**
 * Whether something was seen and forgotten, in four to six bytes each: a table of 32-bit fingerprints. It never says no to what was added
 * since `horizonMs`; it says yes to something else once in a thousand million times, which costs a look-up in the ledger. It grows by
 * generations and drops the oldest, and with them what is known of the time until then.
 */
export class Forgotten {
  readonly #generations: Generation[] = [];
  #horizonMs: number;
  #newestMs = -Infinity;

  constructor(horizonMs: number) {
    this.#horizonMs = horizonMs;
  }

  /** What ended before it may have been seen without being here. */
  get horizonMs(): number {
    return this.#horizonMs;
  }

  /** The latest end of what was forgotten. */
  get newestMs(): number {
    return this.#newestMs;
  }

  add({ place, fingerprint }: Mark, endMs: number): void {
    let newest = this.#generations[0];
    if (!newest || newest.size >= newest.slots.length * FULLEST) newest = this.#begin(newest);
    if (insert(newest.slots, place, fingerprint)) newest.size += 1;
    newest.newestMs = Math.max(newest.newestMs, endMs);
    this.#newestMs = Math.max(this.#newestMs, endMs);
  }

  has({ place, fingerprint }: Mark): boolean {
    return this.#generations.some(({ slots }) => slots[find(slots, place, fingerprint)] === fingerprint);
  }

  #begin(before: Generation | undefined): Generation {
    const begun = {
      slots: new Int32Array(before ? Math.min(before.slots.length * 2, MOST_SLOTS) : FIRST_SLOTS),
      size: 0,
      newestMs: -Infinity,
    };
    this.#generations.unshift(begun);
    while (this.#generations.reduce((sum, { slots }) => sum + slots.length, 0) > MOST_SLOTS_TOGETHER) {
      const dropped = this.#generations.pop();
      this.#horizonMs = Math.max(this.#horizonMs, dropped?.newestMs ?? 0);
    }
    return begun;
  }
}

function insert(slots: Int32Array, place: number, fingerprint: number): boolean {
  const at = find(slots, place, fingerprint);
  if (slots[at] === fingerprint) return false;
  slots[at] = fingerprint;
  return true;
}

/** Where the fingerprint stands, or the empty slot where it would. */
function find(slots: Int32Array, place: number, fingerprint: number): number {
  const mask = slots.length - 1;
  let at = place & mask;
  for (let slot = slots[at]; slot !== 0 && slot !== fingerprint; slot = slots[at]) at = (at + 1) & mask;
  return at;
}
