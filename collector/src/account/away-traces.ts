import type { TenantId } from '@tokenledger/model';
import type { Mark } from './mark.ts';
import type { Place } from './span-bytes.ts';
import type { Trace } from './trace.ts';

/** What is left of a trace that is put away. */
export interface AwayTrace extends Pick<Trace, 'tenant' | 'mark' | 'known' | 'touchedBy' | 'newestMs'> {
  /** Where its spans are. */
  readonly places: readonly Place[];
}

/** Where a trace stands, until another is added. */
export type Row = number;

/*
 * A row, in words of eight bytes, of which the first three are two integers each:
 * mark · tenant, or that it was removed; `known` · how many spans · last posting · latest end · place of each span
 */
const [TENANT, KNOWN, SPANS] = [2, 3, 4];
const [TOUCHED_BY, NEWEST_MS, PLACES] = [3, 4, 5];
const KNOWN_AS: readonly Trace['known'][] = ['all', 'came', 'forgotten'];
const REMOVED = -1;
const FIRST_WORDS = 2 ** 12;
/** A row has six words and more, so that a third of the slots stays empty. */
const WORDS_PER_SLOT = 4;

/**
 * The traces that are put away, in that order, as numbers: a hundred thousand objects that live for some seconds would make the garbage collector
 * move each twice and then let garbage grow to twice of what they take. What is removed leaves a gap until there is no more room.
 */
export class AwayTraces {
  #numbers = new Float64Array(FIRST_WORDS);
  /** The same memory. */
  #integers = new Int32Array(this.#numbers.buffer);
  /** Rows by their marks, plus one; never cleared one by one. */
  #slots = new Int32Array(FIRST_WORDS / WORDS_PER_SLOT);
  #first = 0;
  #end = 0;
  /** Words of what was not removed. */
  #used = 0;
  readonly #tenants: TenantId[] = [];
  readonly #numbersOfTenants = new Map<TenantId, number>();

  add({ mark, tenant, known, touchedBy, newestMs, places }: AwayTrace): void {
    const words = PLACES + places.length;
    if (this.#end + words > this.#numbers.length) this.#closeGaps(words);
    const row = this.#end;
    const at = row * 2;
    this.#integers[at] = mark.place;
    this.#integers[at + 1] = mark.fingerprint;
    this.#integers[at + TENANT] = this.#numberOf(tenant);
    this.#integers[at + KNOWN] = KNOWN_AS.indexOf(known);
    this.#integers[at + SPANS] = places.length;
    this.#numbers[row + TOUCHED_BY] = touchedBy;
    this.#numbers[row + NEWEST_MS] = newestMs;
    for (let index = 0; index < places.length; index++) this.#numbers[row + PLACES + index] = places[index] ?? 0;
    this.#end += words;
    this.#used += words;
    this.#index(row);
  }

  /** One of this mark. */
  find({ place, fingerprint }: Mark): Row | undefined {
    const mask = this.#slots.length - 1;
    for (let slot = place & mask, found = this.#slots[slot]; found; slot = (slot + 1) & mask, found = this.#slots[slot]) {
      const at = (found - 1) * 2;
      if (this.#integers[at] === place && this.#integers[at + 1] === fingerprint && this.#integers[at + TENANT] !== REMOVED)
        return found - 1;
    }
    return undefined;
  }

  /** The one that was put away first. */
  get oldest(): Row | undefined {
    return this.#first < this.#end ? this.#first : undefined;
  }

  /** Those read may be removed. */
  *rows(): Generator<Row> {
    for (let row = this.#first; row < this.#end; row += this.#wordsOf(row)) if (!this.#isRemoved(row)) yield row;
  }

  touchedBy(row: Row): number {
    return this.#numbers[row + TOUCHED_BY] ?? 0;
  }

  tenantOf(row: Row): TenantId {
    return this.#tenants[this.#integers[row * 2 + TENANT] ?? 0] ?? '';
  }

  read(row: Row): AwayTrace {
    const at = row * 2;
    const places: Place[] = [];
    for (let place = row + PLACES, end = row + this.#wordsOf(row); place < end; place++) places.push(this.#numbers[place] ?? 0);
    return {
      mark: { place: this.#integers[at] ?? 0, fingerprint: this.#integers[at + 1] ?? 0 },
      tenant: this.tenantOf(row),
      known: KNOWN_AS[this.#integers[at + KNOWN] ?? 0] ?? 'forgotten',
      touchedBy: this.touchedBy(row),
      newestMs: this.#numbers[row + NEWEST_MS] ?? 0,
      places,
    };
  }

  remove(row: Row): void {
    this.#integers[row * 2 + TENANT] = REMOVED;
    this.#used -= this.#wordsOf(row);
    while (this.#first < this.#end && this.#isRemoved(this.#first)) this.#first += this.#wordsOf(this.#first);
  }

  #numberOf(tenant: TenantId): number {
    const known = this.#numbersOfTenants.get(tenant);
    if (known !== undefined) return known;
    const number = this.#tenants.push(tenant) - 1;
    this.#numbersOfTenants.set(tenant, number);
    return number;
  }

  #wordsOf(row: Row): number {
    return PLACES + (this.#integers[row * 2 + SPANS] ?? 0);
  }

  #isRemoved(row: Row): boolean {
    return this.#integers[row * 2 + TENANT] === REMOVED;
  }

  /** Half as many words as are used are free afterwards, so that a row is seldom moved. */
  #closeGaps(more: number): void {
    const before = { integers: this.#integers, first: this.#first, end: this.#end };
    let length = FIRST_WORDS;
    while (length < (this.#used + more) * 1.5) length *= 2;
    if (length === this.#numbers.length) this.#slots.fill(0);
    else {
      this.#numbers = new Float64Array(length);
      this.#integers = new Int32Array(this.#numbers.buffer);
      this.#slots = new Int32Array(length / WORDS_PER_SLOT);
    }
    this.#first = 0;
    this.#end = 0;
    for (let row = before.first, words = 0; row < before.end; row += words) {
      const { integers } = before;
      words = PLACES + (integers[row * 2 + SPANS] ?? 0);
      if (integers[row * 2 + TENANT] === REMOVED) continue;
      // As integers, since a pair of them need not stay what it is as a number; and only towards the front, also within the same memory.
      for (let half = 0; half < words * 2; half++) this.#integers[this.#end * 2 + half] = integers[row * 2 + half] ?? 0;
      this.#index(this.#end);
      this.#end += words;
    }
  }

  #index(row: Row): void {
    const mask = this.#slots.length - 1;
    let slot = (this.#integers[row * 2] ?? 0) & mask;
    while (this.#slots[slot]) slot = (slot + 1) & mask;
    this.#slots[slot] = row + 1;
  }
}
