import { ByteWriter } from './byte-writer.ts';
import { FaceColumns, type Faced, type Faces } from './faces.ts';
import type { ColumnBuilder, Stream } from './native-column.ts';
import { NotStorable, type NativeType, ofColumn } from './native-type.ts';

export interface Column<Row> {
  readonly name: string;
  /** As in DDL, such as `LowCardinality(String)`. */
  readonly type: string;
  readonly start: () => RowBuilder<Row>;
}

interface RowBuilder<Row> extends Omit<ColumnBuilder<unknown>, 'append' | 'appendAll'> {
  /** Rows `from` up to `to`. Throws `NotStorable`; then the column must be restored. */
  append(rows: readonly Row[], from: number, to: number): void;
}

export function column<Row, T>(name: string, type: NativeType<T>, valueOf: (row: Row) => T): Column<Row> {
  const start = (): RowBuilder<Row> => {
    const values = type.start();
    return {
      append(rows, from, to) {
        try {
          values.appendAll(rows, from, to, valueOf);
        } catch (error) {
          throw ofColumn(name, error);
        }
      },
      mark: () => values.mark(),
      restore: () => values.restore(),
      clear: () => values.clear(),
      goOn: () => values.goOn(),
      prefix: () => values.prefix(),
      streams: () => values.streams(),
    };
  };
  return { name, type: type.name, start };
}

/** What is written of a row: what is its own, and what it has in common with others. */
export interface Columns<Row extends Faced<Face>, Face> {
  readonly own: readonly Column<Row>[];
  readonly faces: Faces<Row, Face>;
}

/** In the order in which they stand in a block. */
export const listColumns = <Row extends Faced<Face>, Face>({
  own,
  faces,
}: Columns<Row, Face>): readonly Pick<Column<Row>, 'name' | 'type'>[] => [...own, ...faces.columns];

/** A row that cannot be stored, with its first such column. */
export interface NotStorableRow {
  /** In the list that was appended. */
  readonly index: number;
  readonly reason: string;
}

/** A part of a block. */
export interface BlockStream {
  /** Stands once before it: of the first stream of a column what the column is, otherwise nothing. */
  readonly head: Buffer;
  readonly bytes: Stream;
}

/** One block of ClickHouse's Native format, as sent with `INSERT … FORMAT Native`. */
export interface OpenBlock<Row> {
  /** Adds these rows but for those that cannot be stored: they are returned. */
  readonly append: (rows: readonly Row[]) => readonly NotStorableRow[];
  readonly rows: number;
  /** What stands before the streams of a block of so many rows. */
  readonly start: (rows: number) => Buffer;
  /** Always as many, in order. */
  readonly streams: () => readonly BlockStream[];
  /** No rows again, in the memory that it has: what `streams` gave must have been used by then. */
  readonly clear: () => void;
  /** The same, and its streams go on where those so far ended: of each, what was given comes before what will be. */
  readonly goOn: () => void;
}

/** The whole of it. */
export function bytesOf({ rows, start, streams }: Pick<OpenBlock<never>, 'rows' | 'start' | 'streams'>): readonly Buffer[] {
  return [start(rows), ...streams().flatMap(({ head, bytes }) => [head, ...bytes])];
}

/** Columns are filled one after another, which is what the engine does fastest, from so many rows that they stay in the processor's cache. */
const ROWS_AT_ONCE = 256;
const NONE: readonly NotStorableRow[] = [];

export function startNativeBlock<Row extends Faced<Face>, Face>({ own, faces }: Columns<Row, Face>): OpenBlock<Row> {
  const started = own.map(({ name, type, start }) => ({ name, type, values: start() }));
  const common = new FaceColumns(faces);
  const all = [common, ...started.map(({ values }) => values)];
  let count = 0;

  /** Tells which column cannot hold one of the rows; then nothing of them is added. */
  function tryAppend(rows: readonly Row[], from: number, to: number): string | undefined {
    for (const values of all) values.mark();
    try {
      for (const values of all) values.append(rows, from, to);
    } catch (error) {
      for (const values of all) values.restore();
      if (!(error instanceof NotStorable)) throw error;
      return error.message;
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
    clear() {
      for (const values of all) values.clear();
      count = 0;
    },
    goOn() {
      for (const values of all) values.goOn();
      count = 0;
    },
    start(rows) {
      const out = new ByteWriter();
      out.varUint(own.length + faces.columns.length);
      out.varUint(rows);
      return out.bytes();
    },
    streams: () => [
      ...started.flatMap(({ name, type, values }) => underHead([heading(name, type), ...values.prefix()], values.streams())),
      ...common.spread().flatMap(({ name, type, prefix, bytes }) => underHead([heading(name, type), ...prefix], [bytes])),
    ],
  };
}

const NOTHING = Buffer.alloc(0);

const underHead = (head: readonly Buffer[], streams: readonly Stream[]): readonly BlockStream[] =>
  streams.map((bytes, index) => ({ head: index === 0 ? Buffer.concat(head) : NOTHING, bytes }));

function heading(name: string, type: string): Buffer {
  const out = new ByteWriter();
  out.text(name);
  out.text(type);
  return out.bytes();
}
