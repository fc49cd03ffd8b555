import type { Observation } from '../understand/observation.ts';
import { byTimeThenId } from '../understand/resolve/tree.ts';

interface Observed {
  readonly observation: Observation;
}

/** Spans in an order that depends on them alone, of which those nearest to a moment are found without looking at the others. */
export class ByTime<Item extends Observed> {
  readonly #spans: Item[] = [];

  get size(): number {
    return this.#spans.length;
  }

  add(known: Item): void {
    this.#spans.splice(this.#placeOf(known), 0, known);
  }

  remove(known: Item): void {
    const place = this.#placeOf(known);
    if (this.#spans[place] === known) this.#spans.splice(place, 1);
  }

  /** Those that begin nearest to it first; at most so many before it and so many after. */
  *around(known: Observed, reach: number): Generator<Item> {
    const { timeMs } = known.observation;
    const place = this.#placeOf(known);
    let before = place - 1;
    let after = place;
    while (true) {
      const earlier = before >= place - reach ? this.#spans[before] : undefined;
      const later = after < place + reach ? this.#spans[after] : undefined;
      if (later && (!earlier || later.observation.timeMs - timeMs <= timeMs - earlier.observation.timeMs)) {
        after += 1;
        yield later;
      } else if (earlier) {
        before -= 1;
        yield earlier;
      } else return;
    }
  }

  /** Of the first that does not come before it. */
  #placeOf({ observation }: Observed): number {
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
