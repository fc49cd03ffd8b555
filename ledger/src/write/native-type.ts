import type { ByteWriter } from './byte-writer.ts';
import { ArrayColumn, MapColumn, ValuesColumn } from './list-column.ts';
import {
  ByteColumn,
  type ColumnBuilder,
  NullableColumn,
  RepeatedTextColumn,
  ScalarColumn,
  type SpreadableBuilder,
  TextColumn,
  WordColumn,
} from './native-column.ts';

/**
 * How ClickHouse's Native format writes a column of one type, from JavaScript values of type T.
 * https://clickhouse.com/docs/interfaces/formats/Native; the serializations are in ClickHouse's src/DataTypes/Serializations.
 */
export interface NativeType<T> {
  readonly name: string;
  readonly start: () => ColumnBuilder<T>;
}

/** A type of which a value can be written again for each of many rows. */
export interface SpreadableType<T> extends NativeType<T> {
  readonly start: () => SpreadableBuilder<T>;
}

/** A value that its column cannot hold. */
export class NotStorable extends Error {}

export const ofColumn = (name: string, error: unknown): unknown =>
  error instanceof NotStorable ? new NotStorable(`${name}: ${error.message}`) : error;

const scalar = <T>(name: string, write: (out: ByteWriter, value: T) => void): NativeType<T> => ({
  name,
  start: () => new ScalarColumn(write),
});

export const text: NativeType<string> = { name: 'String', start: () => new TextColumn() };

/** A text that is made of the value, piece by piece. */
export const textOf = <T>(write: (out: ByteWriter, value: T) => void) =>
  scalar<T>('String', (out, value) => {
    const began = out.beginText();
    write(out, value);
    out.endText(began);
  });

const byte = <T>(name: string, byteOf: (value: T) => number): SpreadableType<T> => ({
  name,
  start: () => new ByteColumn((out, value) => out.uint8(byteOf(value))),
});

export const bool = byte<boolean>('Bool', (value) => (value ? 1 : 0));

export const int8 = byte<number>('Int8', (value) => integerWithin(value, -128, 127) & 255);

export const uint32: SpreadableType<number> = {
  name: 'UInt32',
  start: () => new WordColumn((out, value) => out.uint32(integerWithin(value, 0, 2 ** 32 - 1))),
};

/** Safe integers only. */
export const int64 = scalar<number>('Int64', (out, value) =>
  out.int64(integerWithin(value, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER)),
);

/** Epoch milliseconds; ClickHouse shows the years 1900 to 2299. */
export const dateTime64Utc = scalar<number>("DateTime64(3, 'UTC')", (out, value) =>
  out.int64(integerWithin(value, -2_208_988_800_000, 10_413_791_999_999)),
);

/** A bigint that counts units of 10^-scale, with up to 38 digits. */
export const decimal128 = (scale: number) => scalar<bigint>(`Decimal(38, ${scale})`, writeInt128);

/**
 * A number of at most ±(2^53-1), rounded to 10^-scale; integers are exact. ClickHouse does not notice when a sum overflows: this
 * bound leaves room for the sum of ten thousand million million of them.
 */
export function decimal128OfNumber(scale: number): NativeType<number> {
  const unit = 10 ** scale;
  return scalar(`Decimal(38, ${scale})`, (out, value) => {
    const scaled = value * unit;
    if (Math.abs(scaled) <= Number.MAX_SAFE_INTEGER) return out.int128(Math.round(scaled));
    if (Math.abs(value) > Number.MAX_SAFE_INTEGER) throw new NotStorable(`${value} is beyond 2^53-1`);
    writeInt128(out, scaleExactly(value, scale));
  });
}

/** A number, rounded to 10^-scale, with up to 18 digits. */
export function decimal64OfNumber(scale: number): NativeType<number> {
  const unit = 10 ** scale;
  return scalar(`Decimal(18, ${scale})`, (out, value) => {
    const scaled = value * unit;
    if (Math.abs(scaled) <= Number.MAX_SAFE_INTEGER) return out.int64(Math.round(scaled));
    const exact = scaleExactly(value, scale);
    if (exact <= -(10n ** 18n) || exact >= 10n ** 18n) throw new NotStorable(`${value} has more than 18 digits with ${scale} decimals`);
    out.bigInt64(exact);
  });
}

export const nullable = <T extends {}>(type: NativeType<T>, placeholder: NoInfer<T>): NativeType<T | null> => ({
  name: `Nullable(${type.name})`,
  start: () => new NullableColumn(type.start(), placeholder),
});

/** Text that repeats: a dictionary per block and an index per row. */
export const lowCardinality: SpreadableType<string> = { name: 'LowCardinality(String)', start: () => new RepeatedTextColumn() };

/** Lists; `valueOf` picks what is stored of an item. */
export const array = <Item, T>(type: NativeType<T>, valueOf: (item: Item) => T): NativeType<readonly Item[]> => ({
  name: `Array(${type.name})`,
  start: () => new ArrayColumn(type.start(), valueOf),
});

/** An object's values, in the order of its keys; those that are undefined are absent. */
export const values = <T extends {}>(type: NativeType<T>): NativeType<Readonly<Record<string, T | undefined>>> => ({
  name: `Array(${type.name})`,
  start: () => new ValuesColumn(type.start()),
});

/** An object's own entries; a key whose value is undefined is absent. */
export const map = <T extends {}>(type: NativeType<T>): NativeType<Readonly<Record<string, T | undefined>>> => ({
  name: `Map(LowCardinality(String), ${type.name})`,
  start: () => new MapColumn(new RepeatedTextColumn(), type.start()),
});

function integerWithin(value: number, least: number, most: number): number {
  if (!Number.isInteger(value) || value < least || value > most) throw new NotStorable(`${value} is no integer from ${least} to ${most}`);
  return value;
}

function scaleExactly(value: number, scale: number): bigint {
  if (!Number.isFinite(value)) throw new NotStorable(`${value} is no finite number`);
  const whole = Math.trunc(value);
  return BigInt(whole) * 10n ** BigInt(scale) + BigInt(Math.round((value - whole) * 10 ** scale));
}

const MOST_DIGITS = 10n ** 38n;

function writeInt128(out: ByteWriter, value: bigint): void {
  if (BigInt.asIntN(64, value) === value) return out.bigInt128(value);
  if (value <= -MOST_DIGITS || value >= MOST_DIGITS) throw new NotStorable(`${value} has more than 38 digits`);
  out.bigInt64(value);
  out.bigInt64(value >> 64n);
}
