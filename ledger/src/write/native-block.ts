import { ByteWriter } from './byte-writer.ts';
import { NotStorable, type NativeType } from './native-type.ts';

export interface Column<Row> {
  readonly name: string;
  /** As in DDL, such as `LowCardinality(String)`. */
  readonly type: string;
  readonly start: () => RowBuilder<Row>;
}

interface RowBuilder<Row> {
  readonly append: (row: Row) => void;
  readonly bytes: () => readonly Buffer[];
}

export function column<Row, T>(name: string, type: NativeType<T>, valueOf: (row: Row) => T): Column<Row> {
  const start = (): RowBuilder<Row> => {
    const values = type.start();
    return { append: (row) => values.append(valueOf(row)), bytes: () => [...values.prefix(), ...values.data()] };
  };
  return { name, type: type.name, start };
}

export interface NativeBlock {
  /** The block in pieces, in order. */
  readonly bytes: readonly Buffer[];
  /** Rows that cannot be stored, each with its first such column. If there are any, `bytes` is empty. */
  readonly notStorable: readonly NotStorableRow[];
}

export interface NotStorableRow {
  readonly index: number;
  readonly reason: string;
}

/** One block of ClickHouse's Native format, as sent with `INSERT … FORMAT Native`. */
export function encodeNativeBlock<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): NativeBlock {
  const started = columns.map((column) => ({ name: column.name, type: column.type, ...column.start() }));
  const notStorable: NotStorableRow[] = [];
  rows.forEach((row, index) => {
    let name = '';
    try {
      for (const builder of started) {
        name = builder.name;
        builder.append(row);
      }
    } catch (error) {
      if (!(error instanceof NotStorable)) throw error;
      notStorable.push({ index, reason: `${name}: ${error.message}` });
    }
  });
  if (notStorable.length > 0) return { bytes: [], notStorable };
  const counts = new ByteWriter();
  counts.varUint(columns.length);
  counts.varUint(rows.length);
  return { bytes: [counts.bytes(), ...started.flatMap(({ name, type, bytes }) => [heading(name, type), ...bytes()])], notStorable };
}

function heading(name: string, type: string): Buffer {
  const out = new ByteWriter();
  out.text(name);
  out.text(type);
  return out.bytes();
}
