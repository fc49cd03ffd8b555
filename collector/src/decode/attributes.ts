/** Bytes become base64 text. An integer beyond 2^53 keeps its magnitude but not its last digits. */
export type AttributeValue = string | number | boolean | null | readonly AttributeValue[] | Attributes;

/** Up to this many, looking through a list is faster than asking a map. */
const SHORT = 32;

/**
 * Attributes in the order in which they were sent. Keys stay as they were sent: a dot in a key is a character, never a path. Of duplicate
 * keys the last counts. Two lists instead of a map, because a span is read once, from end to end, a hundred thousand times a second.
 */
export class Attributes implements Iterable<readonly [key: string, value: AttributeValue]> {
  readonly keys: string[] = [];
  readonly values: AttributeValue[] = [];
  #places: Map<string, number> | undefined;

  static of(entries: Iterable<readonly [string, AttributeValue]>): Attributes {
    const attributes = new Attributes();
    for (const [key, value] of entries) attributes.set(key, value);
    return attributes;
  }

  get size(): number {
    return this.keys.length;
  }

  has(key: string): boolean {
    return this.#placeOf(key) >= 0;
  }

  get(key: string): AttributeValue | undefined {
    return this.values[this.#placeOf(key)];
  }

  set(key: string, value: AttributeValue): void {
    const known = this.#placeOf(key);
    if (known >= 0) {
      this.values[known] = value;
      return;
    }
    this.#places?.set(key, this.keys.length);
    this.keys.push(key);
    this.values.push(value);
    if (this.keys.length === SHORT) this.#places = new Map(this.keys.map((name, place) => [name, place]));
  }

  *[Symbol.iterator](): Generator<readonly [string, AttributeValue]> {
    for (const [place, key] of this.keys.entries()) yield [key, this.values[place] ?? null];
  }

  #placeOf(key: string): number {
    return this.#places ? (this.#places.get(key) ?? -1) : this.keys.indexOf(key);
  }
}
