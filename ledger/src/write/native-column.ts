import { ByteWriter } from './byte-writer.ts';

/**
 * A column that grows row by row: each row's objects are walked once, while they are in the processor's cache. A class for each kind with a
 * loop of its own, because the engine then knows in each what it calls.
 */
export interface ColumnBuilder<T> {
  /** May throw `NotStorable`; then nothing of this column can be used, unless it is restored. */
  append(value: T): void;
  appendAll<Row>(rows: readonly Row[], from: number, to: number, valueOf: (row: Row) => T): void;
  /** What is appended from now on can be taken back by `restore`. */
  mark(): void;
  restore(): void;
  /** No rows again, in the same memory. What it gave must have been used by then. */
  clear(): void;
  /** The same, and what is appended from now on goes on where the rows so far ended: its streams belong behind those. */
  goOn(): void;
  /** What stands before the column's data, before anything that encloses it. Only LowCardinality has such a prefix. */
  prefix(): readonly Buffer[];
  /** The data, which the format has one stream behind another. Always as many. */
  streams(): readonly Stream[];
}

export type Stream = readonly Buffer[];

/** A column whose values can be written again for each of many rows: `places` are the numbers of values, in the order of rows. */
export interface SpreadableBuilder<T> extends ColumnBuilder<T> {
  /** Of one stream. */
  spread(places: Uint32Array): Stream;
}

const NOTHING: Stream = [];

/** Values that are written one after another and stand for themselves. */
class WrittenColumn {
  protected readonly out = new ByteWriter();
  #marked = 0;

  mark(): void {
    this.#marked = this.out.length;
  }

  restore(): void {
    this.out.truncate(this.#marked);
  }

  clear(): void {
    this.out.truncate(0);
  }

  goOn(): void {
    this.clear();
  }

  prefix(): readonly Buffer[] {
    return [];
  }

  streams(): readonly Stream[] {
    return [[this.out.bytes()]];
  }
}

export class ScalarColumn<T> extends WrittenColumn implements ColumnBuilder<T> {
  readonly #write: (out: ByteWriter, value: T) => void;

  constructor(write: (out: ByteWriter, value: T) => void) {
    super();
    this.#write = write;
  }

  append(value: T): void {
    this.#write(this.out, value);
  }

  appendAll<Row>(rows: readonly Row[], from: number, to: number, valueOf: (row: Row) => T): void {
    for (let at = from; at < to; at++) this.#write(this.out, valueOf(rows[at] as Row));
  }
}

/** Values of one byte. */
export class ByteColumn<T> extends ScalarColumn<T> implements SpreadableBuilder<T> {
  spread(places: Uint32Array): Stream {
    const bytes = this.out.bytes();
    const rows = Buffer.allocUnsafe(places.length);
    for (let row = 0; row < places.length; row++) rows[row] = bytes[places[row] ?? 0] ?? 0;
    return [rows];
  }
}

/** Of four bytes a value. */
export class WordColumn<T> extends ScalarColumn<T> implements SpreadableBuilder<T> {
  spread(places: Uint32Array): Stream {
    const bytes = this.out.bytes();
    const rows = Buffer.allocUnsafe(places.length * 4);
    for (let row = 0; row < places.length; row++) rows.writeUInt32LE(bytes.readUInt32LE((places[row] ?? 0) * 4), row * 4);
    return [rows];
  }
}

export class TextColumn extends WrittenColumn implements ColumnBuilder<string> {
  append(value: string): void {
    this.out.text(value);
  }

  appendAll<Row>(rows: readonly Row[], from: number, to: number, valueOf: (row: Row) => string): void {
    for (let at = from; at < to; at++) this.out.text(valueOf(rows[at] as Row));
  }
}

export class NullableColumn<T extends {}> implements ColumnBuilder<T | null> {
  readonly #isNull = new ByteWriter();
  readonly #values: ColumnBuilder<T>;
  readonly #placeholder: T;
  #marked = 0;

  constructor(values: ColumnBuilder<T>, placeholder: T) {
    this.#values = values;
    this.#placeholder = placeholder;
  }

  append(value: T | null): void {
    this.#isNull.uint8(value === null ? 1 : 0);
    this.#values.append(value ?? this.#placeholder);
  }

  appendAll<Row>(rows: readonly Row[], from: number, to: number, valueOf: (row: Row) => T | null): void {
    for (let at = from; at < to; at++) this.append(valueOf(rows[at] as Row));
  }

  mark(): void {
    this.#marked = this.#isNull.length;
    this.#values.mark();
  }

  restore(): void {
    this.#isNull.truncate(this.#marked);
    this.#values.restore();
  }

  clear(): void {
    this.#isNull.truncate(0);
    this.#values.clear();
  }

  goOn(): void {
    this.#isNull.truncate(0);
    this.#values.goOn();
  }

  prefix(): readonly Buffer[] {
    return this.#values.prefix();
  }

  streams(): readonly Stream[] {
    return [[this.#isNull.bytes()], ...this.#values.streams()];
  }
}

const SHARED_DICTIONARIES_WITH_ADDITIONAL_KEYS = 1;
/** Has additional keys, and needs the dictionary updated: each block brings its own. */
const BLOCK_DICTIONARY = 0x600;

/** Rows number the dictionary's keys by the narrowest of these that can, in the order of their codes in the format. */
const INDEXES = [Uint8Array, Uint16Array, Uint32Array] as const;
type Indexes = Uint8Array<ArrayBuffer> | Uint16Array<ArrayBuffer> | Uint32Array<ArrayBuffer>;
const FIRST_SIZE = 256;

/** Texts that repeat: a dictionary, and a number for each row. */
export class RepeatedTextColumn implements SpreadableBuilder<string> {
  readonly #dictionary = new Map<string, number>();
  readonly #keys: string[] = [];
  #code: 0 | 1 | 2 = 0;
  #indexes: Indexes = new Uint8Array(FIRST_SIZE);
  #size = 0;
  /** The text of the last row, which is mostly that of the next one, and its number. */
  #last: string | undefined;
  #lastIndex = 0;
  #marked = { size: 0, keys: 0 };

  append(value: string): void {
    if (value !== this.#last) {
      this.#lastIndex = this.#dictionary.get(value) ?? this.#add(value);
      this.#last = value;
    }
    if (this.#size === this.#indexes.length) this.#grow(this.#code, this.#size * 2);
    this.#indexes[this.#size++] = this.#lastIndex;
  }

  appendAll<Row>(rows: readonly Row[], from: number, to: number, valueOf: (row: Row) => string): void {
    for (let at = from; at < to; at++) this.append(valueOf(rows[at] as Row));
  }

  mark(): void {
    this.#marked = { size: this.#size, keys: this.#keys.length };
  }

  restore(): void {
    this.#size = this.#marked.size;
    for (const key of this.#keys.splice(this.#marked.keys)) this.#dictionary.delete(key);
    this.#last = undefined;
  }

  clear(): void {
    this.#size = 0;
    this.#keys.length = 0;
    this.#dictionary.clear();
    this.#last = undefined;
    if (this.#code === 0) return;
    this.#code = 0;
    this.#indexes = new Uint8Array(this.#indexes.length);
  }

  /** With another dictionary: the format has them one behind another, each with its rows. */
  goOn(): void {
    this.clear();
  }

  prefix(): readonly Buffer[] {
    const out = new ByteWriter();
    out.int64(SHARED_DICTIONARIES_WITH_ADDITIONAL_KEYS);
    return [out.bytes()];
  }

  streams(): readonly Stream[] {
    return [this.#write(this.#indexes.subarray(0, this.#size))];
  }

  spread(places: Uint32Array): Stream {
    const rows = new INDEXES[this.#code](places.length);
    const indexes = this.#indexes;
    for (let row = 0; row < places.length; row++) rows[row] = indexes[places[row] ?? 0] ?? 0;
    return this.#write(rows);
  }

  #write(rows: Indexes): Stream {
    if (rows.length === 0) return NOTHING;
    const out = new ByteWriter();
    out.int64(BLOCK_DICTIONARY + this.#code);
    out.int64(this.#keys.length);
    for (const key of this.#keys) out.text(key);
    out.int64(rows.length);
    return [out.bytes(), Buffer.from(rows.buffer, rows.byteOffset, rows.byteLength)];
  }

  #add(value: string): number {
    const index = this.#keys.push(value) - 1;
    this.#dictionary.set(value, index);
    if (index === 2 ** 8) this.#grow(1, this.#indexes.length);
    if (index === 2 ** 16) this.#grow(2, this.#indexes.length);
    return index;
  }

  #grow(code: 0 | 1 | 2, length: number): void {
    const larger = new INDEXES[code](length);
    larger.set(this.#indexes);
    this.#code = code;
    this.#indexes = larger;
  }
}
