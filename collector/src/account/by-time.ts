import { byTimeThenId } from '../understand/resolve/tree.ts';
import type { KnownSpan } from './memory.ts';

/** Spans in an order that depends on them alone, of which those nearest to a moment are found without looking at the others. */
export class ByTime {
  readonly #spans: KnownSpan[] = [];

  get size(): number {
    return this.#spans.length;
  }

  /** Once. */
  add(known: KnownSpan): void {
    const place = this.#placeOf(known);
    if (this.#spans[place] !== known) this.#spans.splice(place, 0, known);
  }

  remove(known: KnownSpan): void {
    const place = this.#placeOf(known);
    if (this.#spans[place] === known) this.#spans.splice(place, 1);
  }

  /** At most so many before it and so many after. */
  near(known: KnownSpan, reach: number): readonly KnownSpan[] {
    const place = this.#placeOf(known);
    return this.#spans.slice(Math.max(0, place - reach), place + reach);
  }

  /** Of the first that does not come before it. */
  #placeOf({ observation }: KnownSpan): number {
    let [low, high] = [0, this.#spans.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      const there = this.#spans[middle];
      if (there && byTimeThenId(there.observation, observation) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
