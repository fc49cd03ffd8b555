import type { ByteWriter } from './byte-writer.ts';

/**
 * How ClickHouse's Native format writes a column of one type, for JavaScript values of type T.
 * https://clickhouse.com/docs/interfaces/formats/Native; the serializations are in ClickHouse's src/DataTypes/Serializations.
 */
export interface NativeType<T> {
  readonly name: string;
  /** What stands before a column's data, before anything that encloses it. Only LowCardinality has such a prefix. */
  readonly prefix: (out: ByteWriter) => void;
  readonly write: (out: ByteWriter, values: readonly T[]) => void;
}

/** A value that its column cannot hold. */
export class NotStorable extends Error {}

const noPrefix = () => {};

function scalar<T>(name: string, writeOne: (out: ByteWriter, value: T) => void): NativeType<T> {
  return {
    name,
    prefix: noPrefix,
    write: (out, values) => {
      for (const value of values) writeOne(out, value);
    },
  };
}

export const text = scalar<string>('String', (out, value) => out.text(value));

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

/** A number, rounded to 10^-scale. Integers up to 2^53-1 and beyond are exact. */
export const decimal128OfNumber = (scale: number) =>
  scalar<number>(`Decimal(38, ${scale})`, (out, value) => {
    const scaled = value * 10 ** scale;
    if (Math.abs(scaled) <= Number.MAX_SAFE_INTEGER) writeSafeInt128(out, Math.round(scaled));
    else writeInt128(out, scaleExactly(value, scale));
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

export function nullable<T extends {}>(type: NativeType<T>, placeholder: NoInfer<T>): NativeType<T | null> {
  return {
    name: `Nullable(${type.name})`,
    prefix: type.prefix,
    write: (out, values) => {
      for (const value of values) out.uint8(value === null ? 1 : 0);
      type.write(
        out,
        values.map((value) => value ?? placeholder),
      );
    },
  };
}

const SHARED_DICTIONARIES_WITH_ADDITIONAL_KEYS = 1;
/** Has additional keys, and needs the dictionary updated: each block brings its own. */
const BLOCK_DICTIONARY = 0x600;

/** Text that repeats: a dictionary per block and an index per row. */
export const lowCardinality: NativeType<string> = {
  name: 'LowCardinality(String)',
  prefix: (out) => out.int64(SHARED_DICTIONARIES_WITH_ADDITIONAL_KEYS),
  write: (out, values) => {
    if (values.length === 0) return;
    const dictionary = new Map<string, number>();
    const indexes = new Uint32Array(values.length);
    let last: string | undefined;
    let lastIndex = 0;
    values.forEach((value, row) => {
      if (value !== last) {
        last = value;
        lastIndex = dictionary.get(value) ?? dictionary.size;
        dictionary.set(value, lastIndex);
      }
      indexes[row] = lastIndex;
    });
    const width = dictionary.size <= 2 ** 8 ? 0 : dictionary.size <= 2 ** 16 ? 1 : 2;
    out.int64(BLOCK_DICTIONARY + width);
    out.int64(dictionary.size);
    for (const key of dictionary.keys()) out.text(key);
    out.int64(values.length);
    for (const index of indexes) {
      if (width === 0) out.uint8(index);
      else if (width === 1) out.uint16(index);
      else out.uint32(index);
    }
  },
};

export function array<T>(type: NativeType<T>): NativeType<readonly T[]> {
  return {
    name: `Array(${type.name})`,
    prefix: type.prefix,
    write: (out, values) => {
      const all: T[] = [];
      for (const items of values) {
        for (const item of items) all.push(item);
        out.int64(all.length);
      }
      type.write(out, all);
    },
  };
}

/** An object's own entries; a key whose value is undefined is absent. */
export function map<T extends {}>(type: NativeType<T>): NativeType<Readonly<Record<string, T | undefined>>> {
  return {
    name: `Map(LowCardinality(String), ${type.name})`,
    prefix: (out) => {
      lowCardinality.prefix(out);
      type.prefix(out);
    },
    write: (out, values) => {
      const keys: string[] = [];
      const items: T[] = [];
      for (const record of values) {
        for (const key of Object.keys(record)) {
          const item = record[key];
          if (item === undefined) continue;
          keys.push(key);
          items.push(item);
        }
        out.int64(keys.length);
      }
      lowCardinality.write(out, keys);
      type.write(out, items);
    },
  };
}

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
  if (value >= -0x1fffffffffffffn && value <= 0x1fffffffffffffn) return writeSafeInt128(out, Number(value));
  if (value <= -MOST_DIGITS || value >= MOST_DIGITS) throw new NotStorable(`${value} has more than 38 digits`);
  out.bigInt64(value);
  out.bigInt64(value >> 64n);
}
