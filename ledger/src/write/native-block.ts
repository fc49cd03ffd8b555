import { ByteWriter } from './byte-writer.ts';
import type { ColumnBuilder } from './native-column.ts';
import { NotStorable, type NativeType } from './native-type.ts';

export interface Column<Row> {
  readonly name: string;
  /** As in DDL, such as `LowCardinality(String)`. */
  readonly type: string;
  readonly start: () => RowBuilder<Row>;
}

interface RowBuilder<Row> extends Pick<ColumnBuilder<unknown>, 'mark' | 'restore'> {
  /** Rows `from` up to `to`. Throws `NotStorable`; then the column must be restored. */
  append(rows: readonly Row[], from: number, to: number): void;
  bytes(): readonly Buffer[];
}

export function column<Row, T>(name: string, type: NativeType<T>, valueOf: (row: Row) => T): Column<Row> {
  const start = (): RowBuilder<Row> => {
    const values = type.start();
    return {
      append: (rows, from, to) => values.appendAll(rows, from, to, valueOf),
      mark: () => values.mark(),
      restore: () => values.restore(),
      bytes: () => [...values.prefix(), ...values.data()],
    };
  };
  return { name, type: type.name, start };
}

/** A row that cannot be stored, with its first such column. */
export interface NotStorableRow {
  /** In the list that was appended. */
  readonly index: number;
  readonly reason: string;
}

/** One block of ClickHouse's Native format, as sent with `INSERT … FORMAT Native`. */
export interface OpenBlock<Row> {
  /** Adds these rows but for those that cannot be stored: they are returned. */
  readonly append: (rows: readonly Row[]) => readonly NotStorableRow[];
  readonly rows: number;
  /** The block in pieces, in order. */
  readonly bytes: () => readonly Buffer[];
}

/** Columns are filled one after another, which is what the engine does fastest, from so many rows that they stay in the processor's cache. */
const ROWS_AT_ONCE = 256;
const NONE: readonly NotStorableRow[] = [];

export function startNativeBlock<Row>(columns: readonly Column<Row>[]): OpenBlock<Row> {
  const started = columns.map((column) => ({ name: column.name, type: column.type, values: column.start() }));
  let count = 0;

  /** Tells which column cannot hold one of the rows; then nothing of them is added. */
  function tryAppend(rows: readonly Row[], from: number, to: number): string | undefined {
    for (const { values } of started) values.mark();
    let filling = '';
    try {
      for (const { name, values } of started) {
        filling = name;
        values.append(rows, from, to);
      }
    } catch (error) {
      for (const { values } of started) values.restore();
      if (!(error instanceof NotStorable)) throw error;
      return `${filling}: ${error.message}`;
    }
    count += to - from;
    return undefined;
  }

  function appendOneByOne(rows: readonly Row[], from: number, to: number): NotStorableRow[] {
    const refused: NotStorableRow[] = [];
    for (let index = from; index < to; index++) {
      const reason = tryAppend(rows, index, index + 1);
      if (reason !== undefined) refused.push({ index, reason });
    }
    return refused;
  }

  return {
    append(rows) {
      let refused = NONE;
      for (let from = 0; from < rows.length; from += ROWS_AT_ONCE) {
        const to = Math.min(from + ROWS_AT_ONCE, rows.length);
        if (tryAppend(rows, from, to) !== undefined) refused = [...refused, ...appendOneByOne(rows, from, to)];
      }
      return refused;
    },
    get rows() {
      return count;
    },
    bytes() {
      const counts = new ByteWriter();
      counts.varUint(columns.length);
      counts.varUint(count);
      return [counts.bytes(), ...started.flatMap(({ name, type, values }) => [heading(name, type), ...values.bytes()])];
    },
  };
}

function heading(name: string, type: string): Buffer {
  const out = new ByteWriter();
  out.text(name);
  out.text(type);
  return out.bytes();
}
