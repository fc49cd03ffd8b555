import type { ByteWriter } from './byte-writer.ts';
import { ArrayColumn, MapColumn, ValuesColumn } from './list-column.ts';
import { type ColumnBuilder, NullableColumn, RepeatedTextColumn, ScalarColumn, TextColumn } from './native-column.ts';
import { type Shape, ShapeColumn } from './shape-column.ts';

/**
 * How ClickHouse's Native format writes a column of one type, from JavaScript values of type T.
 * https://clickhouse.com/docs/interfaces/formats/Native; the serializations are in ClickHouse's src/DataTypes/Serializations.
 */
export interface NativeType<T> {
  readonly name: string;
  readonly start: () => ColumnBuilder<T>;
}

/** A value that its column cannot hold. */
export class NotStorable extends Error {}

const scalar = <T>(name: string, write: (out: ByteWriter, value: T) => void): NativeType<T> => ({
  name,
  start: () => new ScalarColumn(write),
});

export const text: NativeType<string> = { name: 'String', start: () => new TextColumn() };

/** A text that is made of the value. */
export const textOf = <T>(text: (value: T) => string) => scalar<T>('String', (out, value) => out.text(text(value)));

export const bool = scalar<boolean>('Bool', (out, value) => out.uint8(value ? 1 : 0));

export const int8 = scalar<number>('Int8', (out, value) => out.uint8(integerWithin(value, -128, 127) & 255));

export const uint32 = scalar<number>('UInt32', (out, value) => out.uint32(integerWithin(value, 0, 2 ** 32 - 1)));

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
export const decimal128OfNumber = (scale: number) =>
  scalar<number>(`Decimal(38, ${scale})`, (out, value) => {
    const scaled = value * 10 ** scale;
    if (Math.abs(scaled) <= Number.MAX_SAFE_INTEGER) return writeSafeInt128(out, Math.round(scaled));
    if (Math.abs(value) > Number.MAX_SAFE_INTEGER) throw new NotStorable(`${value} is beyond 2^53-1`);
    writeInt128(out, scaleExactly(value, scale));
  });

/** A number, rounded to 10^-scale, with up to 18 digits. */
export const decimal64OfNumber = (scale: number) =>
  scalar<number>(`Decimal(18, ${scale})`, (out, value) => {
    const scaled = value * 10 ** scale;
    if (Math.abs(scaled) <= Number.MAX_SAFE_INTEGER) return out.int64(Math.round(scaled));
    const exact = scaleExactly(value, scale);
    if (exact <= -(10n ** 18n) || exact >= 10n ** 18n) throw new NotStorable(`${value} has more than 18 digits with ${scale} decimals`);
    out.bigInt64(exact);
  });

export const nullable = <T extends {}>(type: NativeType<T>, placeholder: NoInfer<T>): NativeType<T | null> => ({
  name: `Nullable(${type.name})`,
  start: () => new NullableColumn(type.start(), placeholder),
});

/** Text that repeats: a dictionary per block and an index per row. */
export const lowCardinality: NativeType<string> = { name: 'LowCardinality(String)', start: () => new RepeatedTextColumn() };

/** What the values of a row have in common with others. */
export const shape = <T, Sample>(of: Shape<T, Sample>): NativeType<T> => ({ name: lowCardinality.name, start: () => new ShapeColumn(of) });

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
  start: () => new MapColumn(type.start()),
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

function writeSafeInt128(out: ByteWriter, value: number): void {
  out.int64(value);
  out.int64(value < 0 ? -1 : 0);
}

const MOST_DIGITS = 10n ** 38n;

function writeInt128(out: ByteWriter, value: bigint): void {
  const number = Number(value);
  if (number >= Number.MIN_SAFE_INTEGER && number <= Number.MAX_SAFE_INTEGER) return writeSafeInt128(out, number);
  if (value <= -MOST_DIGITS || value >= MOST_DIGITS) throw new NotStorable(`${value} has more than 38 digits`);
  out.bigInt64(value);
  out.bigInt64(value >> 64n);
}
