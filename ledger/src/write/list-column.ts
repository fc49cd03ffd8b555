import { ByteWriter } from './byte-writer.ts';
import type { ColumnBuilder, Stream } from './native-column.ts';

/** Rows that are lists: where each ends, and the columns of what is in them. */
abstract class ListColumn<T> implements ColumnBuilder<T> {
  readonly #ends = new ByteWriter();
  readonly #items: readonly Omit<ColumnBuilder<never>, 'append' | 'appendAll'>[];
  #end = 0;
  #marked = { length: 0, end: 0 };

  constructor(...items: readonly Omit<ColumnBuilder<never>, 'append' | 'appendAll'>[]) {
    this.#items = items;
  }

  /** Appends what is in a row, and tells how much that was. */
  protected abstract appendItems(row: T): number;

  append(row: T): void {
    this.#end += this.appendItems(row);
    this.#ends.int64(this.#end);
  }

  appendAll<Row>(rows: readonly Row[], from: number, to: number, valueOf: (row: Row) => T): void {
    for (let at = from; at < to; at++) this.append(valueOf(rows[at] as Row));
  }

  mark(): void {
    this.#marked = { length: this.#ends.length, end: this.#end };
    for (const column of this.#items) column.mark();
  }

  restore(): void {
    this.#ends.truncate(this.#marked.length);
    this.#end = this.#marked.end;
    for (const column of this.#items) column.restore();
  }

  clear(): void {
    this.#ends.truncate(0);
    this.#end = 0;
    for (const column of this.#items) column.clear();
  }

  goOn(): void {
    this.#ends.truncate(0);
    for (const column of this.#items) column.goOn();
  }

  prefix(): readonly Buffer[] {
    return this.#items.flatMap((column) => column.prefix());
  }

  streams(): readonly Stream[] {
    return [[this.#ends.bytes()], ...this.#items.flatMap((column) => column.streams())];
  }
}

/** Lists; `valueOf` picks what is stored of an item. */
export class ArrayColumn<Item, T> extends ListColumn<readonly Item[]> {
  readonly #values: ColumnBuilder<T>;
  readonly #valueOf: (item: Item) => T;

  constructor(values: ColumnBuilder<T>, valueOf: (item: Item) => T) {
    super(values);
    this.#values = values;
    this.#valueOf = valueOf;
  }

  protected override appendItems(items: readonly Item[]): number {
    if (items.length > 0) this.#values.appendAll(items, 0, items.length, this.#valueOf);
    return items.length;
  }
}

type Entries<T> = Readonly<Record<string, T | undefined>>;

/** Objects' values as lists, where another column tells the names. */
export class ValuesColumn<T extends {}> extends ListColumn<Entries<T>> {
  readonly #values: ColumnBuilder<T>;

  constructor(values: ColumnBuilder<T>) {
    super(values);
    this.#values = values;
  }

  protected override appendItems(entries: Entries<T>): number {
    let count = 0;
    for (const key in entries) {
      const value = entries[key];
      if (value === undefined) continue;
      this.#values.append(value);
      count += 1;
    }
    return count;
  }
}

/** Objects as maps. A loop of its own: the engine slows down where it has met objects whose names were not foreseen. */
export class MapColumn<T extends {}> extends ListColumn<Entries<T>> {
  readonly #keys: ColumnBuilder<string>;
  readonly #values: ColumnBuilder<T>;

  constructor(keys: ColumnBuilder<string>, values: ColumnBuilder<T>) {
    super(keys, values);
    this.#keys = keys;
    this.#values = values;
  }

  protected override appendItems(entries: Entries<T>): number {
    let count = 0;
    for (const key in entries) {
      const value = entries[key];
      if (value === undefined) continue;
      this.#keys.append(key);
      this.#values.append(value);
      count += 1;
    }
    return count;
  }
}
