import { ByteWriter } from './byte-writer.ts';
import type { ColumnBuilder } from './native-column.ts';

type Entries<T> = Readonly<Record<string, T | undefined>>;

/** Of each row's object the values alone, as a list: another column tells their names. */
export class ValuesColumn<T extends {}> implements ColumnBuilder<Entries<T>> {
  readonly #ends = new ByteWriter();
  readonly #values: ColumnBuilder<T>;
  #end = 0;
  #marked = { length: 0, end: 0 };

  constructor(values: ColumnBuilder<T>) {
    this.#values = values;
  }

  append(entries: Entries<T>): void {
    for (const key in entries) {
      const value = entries[key];
      if (value === undefined) continue;
      this.#values.append(value);
      this.#end += 1;
    }
    this.#ends.int64(this.#end);
  }

  appendAll<Row>(rows: readonly Row[], from: number, to: number, valueOf: (row: Row) => Entries<T>): void {
    for (let at = from; at < to; at++) this.append(valueOf(rows[at] as Row));
  }

  mark(): void {
    this.#marked = { length: this.#ends.length, end: this.#end };
    this.#values.mark();
  }

  restore(): void {
    this.#ends.truncate(this.#marked.length);
    this.#end = this.#marked.end;
    this.#values.restore();
  }

  prefix(): readonly Buffer[] {
    return this.#values.prefix();
  }

  data(): readonly Buffer[] {
    return [this.#ends.bytes(), ...this.#values.data()];
  }
}
