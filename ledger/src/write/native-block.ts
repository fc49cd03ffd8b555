import { ByteWriter } from './byte-writer.ts';
import type { NativeType } from './native-type.ts';

export interface Column<Row> {
  readonly name: string;
  /** As in DDL, such as `LowCardinality(String)`. */
  readonly type: string;
  readonly write: (out: ByteWriter, rows: readonly Row[]) => void;
}

export function column<Row, T>(name: string, type: NativeType<T>, valueOf: (row: Row) => T): Column<Row> {
  return {
    name,
    type: type.name,
    write: (out, rows) => {
      if (rows.length === 0) return;
      type.prefix(out);
      type.write(out, rows.map(valueOf));
    },
  };
}

/** One block of ClickHouse's Native format, as sent with `INSERT … FORMAT Native`. Throws `NotStorable`. */
export function encodeNativeBlock<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): Buffer {
  const out = new ByteWriter();
  out.varUint(columns.length);
  out.varUint(rows.length);
  for (const { name, type, write } of columns) {
    out.text(name);
    out.text(type);
    write(out, rows);
  }
  return out.bytes();
}
