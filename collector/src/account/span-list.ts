/** Up to this many spans are looked through, which is faster than to index them. */
const FEW = 16;

interface Listed {
  readonly observation: { readonly spanId: string };
}

/** The spans of a trace, found by their ids. */
export class SpanList<Span extends Listed> {
  readonly #list: Span[] = [];
  #byId: Map<string, Span> | undefined;

  get size(): number {
    return this.#list.length;
  }

  get(spanId: string): Span | undefined {
    if (this.#byId) return this.#byId.get(spanId);
    for (const known of this.#list) if (known.observation.spanId === spanId) return known;
    return undefined;
  }

  /** One whose id is not among them. */
  add(known: Span): void {
    this.#list.push(known);
    if (this.#byId) this.#byId.set(known.observation.spanId, known);
    else if (this.#list.length > FEW) this.#byId = new Map(this.#list.map((each) => [each.observation.spanId, each]));
  }

  values(): readonly Span[] {
    return this.#list;
  }
}
