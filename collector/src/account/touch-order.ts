import type { Trace } from './trace.ts';

/** Traces in order of their last touch, each tied to its neighbours: to move one costs the same however many there are. */
export class TouchOrder {
  #oldest: Trace | undefined;
  #newest: Trace | undefined;
  /** Of those that come before it none is to be put away. */
  #toPutAway: Trace | undefined;

  get oldest(): Trace | undefined {
    return this.#oldest;
  }

  /** It is touched now. */
  add(trace: Trace): void {
    trace.older = this.#newest;
    trace.newer = undefined;
    if (this.#newest) this.#newest.newer = trace;
    this.#newest = trace;
    this.#oldest ??= trace;
    this.#toPutAway ??= trace;
  }

  remove(trace: Trace): void {
    const { older, newer } = trace;
    if (older) older.newer = newer;
    else this.#oldest = newer;
    if (newer) newer.older = older;
    else this.#newest = older;
    if (this.#toPutAway === trace) this.#toPutAway = newer;
    // One that the garbage collector has moved to old space would take the next there, that the one after it, and so on for ever.
    trace.older = undefined;
    trace.newer = undefined;
  }

  /** Each once, until it is touched again. */
  nextToPutAway(): Trace | undefined {
    const trace = this.#toPutAway;
    this.#toPutAway = trace?.newer;
    return trace;
  }

  /** The one just given may be removed. */
  *[Symbol.iterator](): Generator<Trace> {
    for (let trace = this.#oldest; trace;) {
      const { newer } = trace;
      yield trace;
      trace = newer;
    }
  }
}
