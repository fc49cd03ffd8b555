import type { KnownSpan } from './trace.ts';

/** Up to this many spans are looked through, which is faster than to index them. */
const FEW = 16;

/** The spans of a trace, found by their ids. */
export class SpanList {
  readonly #list: KnownSpan[] = [];
  #byId: Map<string, KnownSpan> | undefined;

  get size(): number {
    return this.#list.length;
  }

  get(spanId: string): KnownSpan | undefined {
    if (this.#byId) return this.#byId.get(spanId);
    for (const known of this.#list) if (known.observation.spanId === spanId) return known;
    return undefined;
  }

  /** One whose id is not among them. */
  add(known: KnownSpan): void {
    this.#list.push(known);
    if (this.#byId) this.#byId.set(known.observation.spanId, known);
    else if (this.#list.length > FEW) this.#byId = new Map(this.#list.map((each) => [each.observation.spanId, each]));
  }

  values(): readonly KnownSpan[] {
    return this.#list;
  }
}
