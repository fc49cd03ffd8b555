/** Bytes become base64 text. An integer beyond 2^53 keeps its magnitude but not its last digits. */
export type AttributeValue = string | number | boolean | null | readonly AttributeValue[] | Attributes;

/** Up to this many, looking through a list is faster than asking a map. */
const SHORT = 32;
const ROOM: readonly AttributeValue[] = Array.from({ length: SHORT }, () => null);

/**
 * Attributes in the order in which they were sent. Keys stay as they were sent: a dot in a key is a character, never a path. Of duplicate
 * keys the last counts. Two lists instead of a map, because a span is read once, from end to end, a hundred thousand times a second.
 */
export class Attributes implements Iterable<readonly [key: string, value: AttributeValue]> {
  keys: string[] = [];
  values: AttributeValue[] = [];
  #size = 0;
  #places: Map<string, number> | undefined;
  /** The names are a list of others', which may be longer as long as attributes are being read. */
  #isFollowing = false;

  static of(entries: Iterable<readonly [string, AttributeValue]>): Attributes {
    const attributes = new Attributes();
    for (const [key, value] of entries) attributes.set(key, value);
    return attributes;
  }

  /** Others have the very list of names, and nobody changes it from now on. */
  get areNamesShared(): boolean {
    return this.#isFollowing;
  }

  get size(): number {
    return this.#size;
  }

  has(key: string): boolean {
    return this.#placeOf(key) >= 0;
  }

  get(key: string): AttributeValue | undefined {
    return this.values[this.#placeOf(key)];
  }

  /** To be told before anything is set: names are expected to come as in this list, and it is then shared. */
  follow(names: string[]): void {
    this.keys = names;
    // Room for as many as are expected: a list that grows as it is filled takes twice as much.
    this.values = ROOM.slice(0, names.length);
    this.#isFollowing = true;
  }

  /** Nothing more is read. Returns the names if others may follow them and none did so far: there are few, and nobody changes them from now on. */
  close(): string[] | undefined {
    if (this.#size < this.keys.length) this.#stopFollowing();
    if (this.#isFollowing || this.keys.length >= SHORT) return undefined;
    this.#isFollowing = true;
    return this.keys;
  }

  #stopFollowing(): void {
    this.keys = this.keys.slice(0, this.#size);
    this.values.length = this.#size;
    this.#isFollowing = false;
  }

  set(key: string, value: AttributeValue): void {
    if (this.#isFollowing) {
      if (this.keys[this.#size] === key) {
        this.values[this.#size++] = value;
        return;
      }
      this.#stopFollowing();
    }
    const known = this.#placeOf(key);
    if (known >= 0) {
      this.values[known] = value;
      return;
    }
    this.#places?.set(key, this.#size);
    this.keys.push(key);
    this.values.push(value);
    this.#size += 1;
    if (this.keys.length === SHORT) this.#places = new Map(this.keys.map((name, place) => [name, place]));
  }

  *[Symbol.iterator](): Generator<readonly [string, AttributeValue]> {
    for (const [place, key] of this.keys.entries()) yield [key, this.values[place] ?? null];
  }

  #placeOf(key: string): number {
    return this.#places ? (this.#places.get(key) ?? -1) : this.keys.indexOf(key);
  }
}
