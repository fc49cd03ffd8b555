import { ByteWriter } from './byte-writer.ts';
import { NotStorable, type NativeType } from './native-type.ts';

export interface Column<Row> {
  readonly name: string;
  /** As in DDL, such as `LowCardinality(String)`. */
  readonly type: string;
  readonly start: () => RowBuilder<Row>;
}

interface RowBuilder<Row> {
  /** Rows `from` up to `to`. Of one that cannot be stored `refuse` is told; then nothing of this column can be used. */
  readonly append: (rows: readonly Row[], from: number, to: number, refuse: (index: number, error: unknown) => void) => void;
  readonly bytes: () => readonly Buffer[];
}

export function column<Row, T>(name: string, type: NativeType<T>, valueOf: (row: Row) => T): Column<Row> {
  const start = (): RowBuilder<Row> => {
    const values = type.start();
    const append: RowBuilder<Row>['append'] = (rows, from, to, refuse) => {
      for (let at = from; at < to; at++) {
        try {
          for (; at < to; at++) values.append(valueOf(rows[at] as Row));
        } catch (error) {
          refuse(at, error);
        }
      }
    };
    return { append, bytes: () => [...values.prefix(), ...values.data()] };
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

/** Columns are filled one after another, which is what the engine does fastest, from so many rows that they stay in the processor's cache. */
const ROWS_AT_ONCE = 256;

/** One block of ClickHouse's Native format, as sent with `INSERT … FORMAT Native`. */
export function encodeNativeBlock<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): NativeBlock {
  const block = startNativeBlock(columns);
  block.append(rows);
  return block.finish();
}

/** A block that grows. */
export interface OpenBlock<Row> {
  readonly append: (rows: readonly Row[]) => void;
  readonly finish: () => NativeBlock;
}

export function startNativeBlock<Row>(columns: readonly Column<Row>[]): OpenBlock<Row> {
  const started = columns.map((column) => ({ name: column.name, type: column.type, ...column.start() }));
  const reasons = new Map<number, string>();
  let count = 0;
  return {
    append(rows) {
      for (let from = 0; from < rows.length; from += ROWS_AT_ONCE) {
        for (const { name, append } of started) {
          append(rows, from, Math.min(from + ROWS_AT_ONCE, rows.length), (index, error) => {
            if (!(error instanceof NotStorable)) throw error;
            if (!reasons.has(count + index)) reasons.set(count + index, `${name}: ${error.message}`);
          });
        }
      }
      count += rows.length;
    },
    finish() {
      const notStorable = [...reasons].map(([index, reason]) => ({ index, reason })).toSorted((left, right) => left.index - right.index);
      if (notStorable.length > 0) return { bytes: [], notStorable };
      const counts = new ByteWriter();
      counts.varUint(columns.length);
      counts.varUint(count);
      return { bytes: [counts.bytes(), ...started.flatMap(({ name, type, bytes }) => [heading(name, type), ...bytes()])], notStorable };
    },
  };
}

function heading(name: string, type: string): Buffer {
  const out = new ByteWriter();
  out.text(name);
  out.text(type);
  return out.bytes();
}
