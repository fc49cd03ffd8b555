import type { SpreadableBuilder, Stream } from './native-column.ts';
import { ofColumn, type SpreadableType } from './native-type.ts';

/**
 * What a row has in common with others: its service, its model, its price list … Rows of one face have the same values in most of their columns, which
 * are then written once a face, and spread over the rows when the block is complete.
 */
export interface Faces<Row extends Faced<Face>, Face> {
  readonly columns: readonly FaceColumn<Face>[];
  readonly faceOf: (row: Row) => Face;
  /** A number under which the face is found: the same of equal faces, and of others mostly another. */
  readonly hashOf: (row: Row) => number;
  /** Whether `faceOf(row)` would be the same. Asked for each row, so written out. */
  readonly hasFace: (row: Row, face: Face) => boolean;
}

export interface Faced<Face> {
  /** Told before the row's own columns are written. */
  face: Face | undefined;
}

export interface FaceColumn<Face> {
  readonly name: string;
  readonly type: string;
  readonly start: () => FaceColumnBuilder<Face>;
}

interface FaceColumnBuilder<Face> extends Pick<SpreadableBuilder<unknown>, 'mark' | 'restore' | 'clear' | 'prefix' | 'spread'> {
  append(face: Face, number: number): void;
}

/** `number` is that of the face within its insert. */
export function faceColumn<Face, T>(name: string, type: SpreadableType<T>, valueOf: (face: Face, number: number) => T): FaceColumn<Face> {
  const start = (): FaceColumnBuilder<Face> => {
    const values = type.start();
    return {
      append(face, number) {
        try {
          values.append(valueOf(face, number));
        } catch (error) {
          throw ofColumn(name, error);
        }
      },
      mark: () => values.mark(),
      restore: () => values.restore(),
      clear: () => values.clear(),
      prefix: () => values.prefix(),
      spread: (places) => values.spread(places),
    };
  };
  return { name, type: type.name, start };
}

/** Adds a text to a hash. Names differ in length and at their ends: more of them is not looked at. */
export function mixEnd(hash: number, text: string | undefined): number {
  if (text === undefined) return Math.imul(hash, 0x01000193);
  const { length } = text;
  let mixed = hash ^ length;
  for (let at = Math.max(0, length - HASHED); at < length; at++) mixed = Math.imul(mixed ^ text.charCodeAt(at), 0x01000193);
  return mixed ^ (mixed >>> 15);
}

const HASHED = 3;
/** A face that shares its hash with so many others is not found again, and written anew: that changes nothing of what is read. */
const MOST_OF_ONE_HASH = 16;
const FIRST_ROWS = 256;

interface SpreadColumn {
  readonly name: string;
  readonly type: string;
  readonly prefix: readonly Buffer[];
  readonly bytes: Stream;
}

/** The columns of a block whose values are those of the rows' faces. */
export class FaceColumns<Row extends Faced<Face>, Face> {
  readonly #of: Faces<Row, Face>;
  readonly #columns: readonly { readonly column: FaceColumn<Face>; readonly values: FaceColumnBuilder<Face> }[];
  readonly #faces: Face[] = [];
  /** The numbers of faces by their hash. */
  readonly #byHash = new Map<number, number[]>();
  /** Of each row the number of its face. */
  #places = new Uint32Array(FIRST_ROWS);
  #rows = 0;
  /** So many faces had the rows that were given before. */
  #given = 0;
  #marked = { rows: 0, faces: 0 };

  constructor(of: Faces<Row, Face>) {
    this.#of = of;
    this.#columns = of.columns.map((column) => ({ column, values: column.start() }));
  }

  /** Throws `NotStorable`; then they must be restored. */
  append(rows: readonly Row[], from: number, to: number): void {
    for (let at = from; at < to; at++) {
      const row = rows[at] as Row;
      const number = this.#numberOf(row);
      row.face = this.#faces[number];
      this.#put(number);
    }
  }

  mark(): void {
    this.#marked = { rows: this.#rows, faces: this.#faces.length };
    for (const { values } of this.#columns) values.mark();
  }

  restore(): void {
    this.#rows = this.#marked.rows;
    this.#faces.length = this.#marked.faces;
    for (const numbers of this.#byHash.values()) while ((numbers.at(-1) ?? -1) >= this.#faces.length) numbers.pop();
    for (const { values } of this.#columns) values.restore();
  }

  /** No face outlives what was given. */
  goOn(): void {
    const given = this.#given + this.#faces.length;
    this.clear();
    this.#given = given;
  }

  clear(): void {
    this.#rows = 0;
    this.#given = 0;
    this.#faces.length = 0;
    this.#byHash.clear();
    for (const { values } of this.#columns) values.clear();
  }

  /** Each column with its bytes. */
  spread(): readonly SpreadColumn[] {
    const places = this.#places.subarray(0, this.#rows);
    return this.#columns.map(({ column: { name, type }, values }) => ({
      name,
      type,
      prefix: values.prefix(),
      bytes: values.spread(places),
    }));
  }

  #numberOf(row: Row): number {
    const hash = this.#of.hashOf(row);
    const alike = this.#byHash.get(hash);
    if (alike) for (const number of alike) if (this.#of.hasFace(row, this.#faces[number] as Face)) return number;
    const face = this.#of.faceOf(row);
    const number = this.#faces.length;
    for (const { values } of this.#columns) values.append(face, this.#given + number);
    this.#faces.push(face);
    if (!alike) this.#byHash.set(hash, [number]);
    else if (alike.length < MOST_OF_ONE_HASH) alike.push(number);
    return number;
  }

  #put(face: number): void {
    if (this.#rows === this.#places.length) {
      const larger = new Uint32Array(this.#rows * 2);
      larger.set(this.#places);
      this.#places = larger;
    }
    this.#places[this.#rows++] = face;
  }
}
