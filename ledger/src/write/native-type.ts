import { ByteWriter } from './byte-writer.ts';

/**
 * How ClickHouse's Native format writes a column of one type, from JavaScript values of type T.
 * https://clickhouse.com/docs/interfaces/formats/Native; the serializations are in ClickHouse's src/DataTypes/Serializations.
 */
export interface NativeType<T> {
  readonly name: string;
  readonly start: () => ColumnBuilder<T>;
}

/** A column that grows row by row: each row's objects are walked once, while they are in the processor's cache. */
export interface ColumnBuilder<T> {
  /** Throws `NotStorable`; then nothing of this column can be used. */
  readonly append: (value: T) => void;
  /** What stands before the column's data, before anything that encloses it. Only LowCardinality has such a prefix. */
  readonly prefix: () => readonly Buffer[];
  readonly data: () => readonly Buffer[];
}

/** A value that its column cannot hold. */
export class NotStorable extends Error {}

const nothing = (): readonly Buffer[] => [];

function scalar<T>(name: string, appendTo: (out: ByteWriter, value: T) => void): NativeType<T> {
  const start = (): ColumnBuilder<T> => {
    const out = new ByteWriter();
    return { append: (value) => appendTo(out, value), prefix: nothing, data: () => [out.bytes()] };
  };
  return { name, start };
}

export const text = scalar<string>('String', (out, value) => out.text(value));

/** `5` and `"5"` stay apart; a number that JSON cannot write becomes a text. */
export const jsonScalar = scalar<number | string>('String', (out, value) => {
  if (Number.isSafeInteger(value)) out.text(`${value}`);
  else out.text(JSON.stringify(typeof value === 'number' && !Number.isFinite(value) ? `${value}` : value));
});

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

export function nullable<T extends {}>(type: NativeType<T>, placeholder: NoInfer<T>): NativeType<T | null> {
  const start = (): ColumnBuilder<T | null> => {
    const isNull = new ByteWriter();
    const values = type.start();
    const append = (value: T | null) => {
      isNull.uint8(value === null ? 1 : 0);
      values.append(value ?? placeholder);
    };
    return { append, prefix: values.prefix, data: () => [isNull.bytes(), ...values.data()] };
  };
  return { name: `Nullable(${type.name})`, start };
}

const SHARED_DICTIONARIES_WITH_ADDITIONAL_KEYS = 1;
/** Has additional keys, and needs the dictionary updated: each block brings its own. */
const BLOCK_DICTIONARY = 0x600;

/** Text that repeats: a dictionary per block and an index per row. */
export const lowCardinality: NativeType<string> = {
  name: 'LowCardinality(String)',
  start: () => {
    const dictionary = new Map<string, number>();
    const indexes: number[] = [];
    let last: string | undefined;
    let lastIndex = 0;
    const append = (value: string) => {
      if (value !== last) {
        last = value;
        lastIndex = dictionary.get(value) ?? dictionary.size;
        if (lastIndex === dictionary.size) dictionary.set(value, lastIndex);
      }
      indexes.push(lastIndex);
    };
    const prefix = () => {
      const out = new ByteWriter();
      out.int64(SHARED_DICTIONARIES_WITH_ADDITIONAL_KEYS);
      return [out.bytes()];
    };
    const data = () => {
      if (indexes.length === 0) return [];
      const { code, typed } = indexArray(indexes, dictionary.size);
      const out = new ByteWriter();
      out.int64(BLOCK_DICTIONARY + code);
      out.int64(dictionary.size);
      for (const key of dictionary.keys()) out.text(key);
      out.int64(indexes.length);
      return [out.bytes(), Buffer.from(typed.buffer)];
    };
    return { append, prefix, data };
  },
};

/** The narrowest unsigned integers that can number the dictionary, and their code in the format. */
function indexArray(indexes: readonly number[], keys: number) {
  if (keys <= 2 ** 8) return { code: 0, typed: new Uint8Array(indexes) };
  if (keys <= 2 ** 16) return { code: 1, typed: new Uint16Array(indexes) };
  return { code: 2, typed: new Uint32Array(indexes) };
}

/** Lists; `valueOf` picks what is stored of an item. */
export function array<Item, T>(type: NativeType<T>, valueOf: (item: Item) => T): NativeType<readonly Item[]> {
  const start = (): ColumnBuilder<readonly Item[]> => {
    const ends = new ByteWriter();
    const values = type.start();
    let end = 0;
    const append = (items: readonly Item[]) => {
      for (const item of items) values.append(valueOf(item));
      ends.int64((end += items.length));
    };
    return { append, prefix: values.prefix, data: () => [ends.bytes(), ...values.data()] };
  };
  return { name: `Array(${type.name})`, start };
}

/** An object's own entries; a key whose value is undefined is absent. */
export function map<T extends {}>(type: NativeType<T>): NativeType<Readonly<Record<string, T | undefined>>> {
  const start = (): ColumnBuilder<Readonly<Record<string, T | undefined>>> => {
    const ends = new ByteWriter();
    const keys = lowCardinality.start();
    const items = type.start();
    let end = 0;
    const append = (record: Readonly<Record<string, T | undefined>>) => {
      for (const key in record) {
        const item = record[key];
        if (item === undefined) continue;
        keys.append(key);
        items.append(item);
        end += 1;
      }
      ends.int64(end);
    };
    const prefix = () => [...keys.prefix(), ...items.prefix()];
    return { append, prefix, data: () => [ends.bytes(), ...keys.data(), ...items.data()] };
  };
  return { name: `Map(LowCardinality(String), ${type.name})`, start };
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
  const number = Number(value);
  if (number >= Number.MIN_SAFE_INTEGER && number <= Number.MAX_SAFE_INTEGER) return writeSafeInt128(out, number);
  if (value <= -MOST_DIGITS || value >= MOST_DIGITS) throw new NotStorable(`${value} has more than 38 digits`);
  out.bigInt64(value);
  out.bigInt64(value >> 64n);
}
