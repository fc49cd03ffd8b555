import { tmpdir } from 'node:os';
import { Readable } from 'node:stream';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CALL_COLUMNS } from '../src/write/call-columns.ts';
import { faceColumn, type Faced, type Faces } from '../src/write/faces.ts';
import { bytesOf, column, listColumns, startNativeBlock, type Column } from '../src/write/native-block.ts';
import {
  array,
  bool,
  dateTime64Utc,
  decimal128,
  decimal128OfNumber,
  decimal64OfNumber,
  int64,
  int8,
  lowCardinality,
  map,
  nullable,
  text,
  textOf,
  uint32,
  values,
  type NativeType,
} from '../src/write/native-type.ts';
import { STEP_COLUMNS } from '../src/write/span-columns.ts';
import { type Block, SpooledBlock } from '../src/write/spooled-block.ts';
import { anyMoney, anyQuantity, anyText } from './arbitrary-entry.ts';
import { openTestLedger, type TestLedger } from './open-test-ledger.ts';

let at: TestLedger;
beforeAll(async () => {
  at = await openTestLedger();
});
afterAll(() => at.stop());

/** Rows that have nothing in common. */
const NO_FACES = { columns: [], faceOf: () => undefined, hashOf: () => 0, hasFace: () => true };
const faceless = <Row extends object>(row: Row) => ({ ...row, face: undefined });

/** Rows go in as a Native block, at once or in pieces, and come out as JSON; `shown` is how ClickHouse shows a value there. */
async function throughTheEngine<T>(type: NativeType<T>, values: readonly T[], pieces = 1): Promise<readonly unknown[]> {
  const columns: readonly Column<Faced<undefined> & { row: number; value: T }>[] = [
    column('row', uint32, ({ row }) => row),
    column('value', type, ({ value }) => value),
  ];
  const block = startNativeBlock({ own: columns, faces: NO_FACES });
  const spooled = new SpooledBlock(tmpdir());
  const rows = values.map((value, row) => faceless({ row, value }));
  for (let piece = 0; piece < pieces; piece++) {
    if (piece > 0) await spooled.add(block);
    const [from, to] = [piece, piece + 1].map((at) => Math.floor((at * rows.length) / pieces));
    expect(block.append(rows.slice(from, to))).toEqual([]);
  }
  await at.client.command({
    query: `CREATE OR REPLACE TABLE native_test (row UInt32, value ${type.name}) ENGINE = MergeTree ORDER BY row`,
  });
  const { stream } = await at.client.exec({
    query: 'INSERT INTO native_test FORMAT Native',
    values: Readable.from(pieces === 1 ? bytesOf(block) : buffersOf(spooled, block), { objectMode: false }),
  });
  stream.destroy();
  await spooled.remove();
  const stored = await at.query<{ value: unknown }>(
    'SELECT value FROM native_test ORDER BY row SETTINGS output_format_decimal_trailing_zeros = 1',
  );
  return stored.map(({ value }) => value);
}

function* buffersOf(spooled: SpooledBlock, last: Block): Generator<Buffer> {
  for (const buffers of spooled.whole(last)) yield Buffer.concat(buffers);
}

const decimal = (units: bigint, scale: number) => {
  const digits = (units < 0n ? -units : units).toString().padStart(scale + 1, '0');
  return `${units < 0n ? '-' : ''}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
};
const micro = (value: number) => decimal(BigInt(Math.trunc(value)) * 1_000_000n + BigInt(Math.round((value - Math.trunc(value)) * 1e6)), 6);

interface Case {
  readonly type: NativeType<unknown>;
  readonly values: fc.Arbitrary<unknown>;
  readonly shown: (value: never) => unknown;
}
const as = <T>(type: NativeType<T>, values: fc.Arbitrary<T>, shown: (value: T) => unknown): Case => ({
  type,
  values,
  shown,
});
const same = (value: unknown) => value;
const money = decimal128(12);
const dollars = (units: bigint) => decimal(units, 12);

const CASES: readonly Case[] = [
  as(text, anyText, same),
  as(lowCardinality, anyText, same),
  as(
    textOf((out, one: string) => {
      out.piece(one);
      out.digits(Math.trunc(one.length ** 8));
      out.piece('!');
    }),
    anyText,
    (one) => `${one}${one.length ** 8}!`,
  ),
  as(bool, fc.boolean(), same),
  as(int8, fc.integer({ min: -128, max: 127 }), same),
  as(uint32, fc.nat(2 ** 32 - 1), same),
  as(int64, fc.maxSafeInteger(), String),
  as(dateTime64Utc, fc.integer({ min: -2_208_988_800_000, max: 10_413_791_999_999 }), (ms) =>
    new Date(ms).toISOString().replace('T', ' ').replace('Z', ''),
  ),
  as(money, anyMoney, dollars),
  as(
    decimal128OfNumber(6),
    fc.oneof(
      anyQuantity,
      anyQuantity.map((value) => 0 - value),
    ),
    micro,
  ),
  as(
    decimal64OfNumber(3),
    fc.integer({ min: -(10 ** 12), max: 10 ** 12 }).map((units) => units / 1000),
    (value) => decimal(BigInt(Math.round(value * 1000)), 3),
  ),
  as(nullable(money, 0n), fc.option(anyMoney), (units) => (units === null ? null : dollars(units))),
  as(nullable(text, ''), fc.option(anyText), same),
  as(
    array(lowCardinality, (value: string) => value),
    fc.array(anyText, { maxLength: 5 }),
    same,
  ),
  as(
    array(money, (units: bigint) => units),
    fc.array(anyMoney, { maxLength: 5 }),
    (list) => list.map(dollars),
  ),
  as(values(money), fc.dictionary(anyText, anyMoney, { maxKeys: 5 }), (record) =>
    Object.values(record).map((units) => dollars(units ?? 0n)),
  ),
  as(map(text), fc.dictionary(anyText, anyText, { maxKeys: 5 }), same),
  as(map(money), fc.dictionary(anyText, anyMoney, { maxKeys: 5 }), (record) =>
    Object.fromEntries(Object.entries(record).map(([key, units]) => [key, dollars(units ?? 0n)])),
  ),
];

describe('what goes in as a Native block comes out of ClickHouse', () => {
  for (const { type, values, shown } of CASES)
    test(type.name, async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(values, { minLength: 1, maxLength: 200 }), async (rows) => {
          const expected = rows.map((value) => shown(value as never));
          expect(await throughTheEngine(type, rows)).toEqual(expected);
          expect(await throughTheEngine(type, rows, 3)).toEqual(expected);
        }),
        { numRuns: 5 },
      );
    });

  test.each([256, 257, 65_536, 65_537])('a dictionary of %i keys', async (keys) => {
    const values = Array.from({ length: keys }, (_, key) => `key ${key}`);
    expect(await throughTheEngine(lowCardinality, [...values, ...values.toReversed()])).toEqual([...values, ...values.toReversed()]);
    expect(await throughTheEngine(lowCardinality, [...values, 'one more'], 2)).toEqual([...values, 'one more']);
  });

  test('columns whose lists and maps are all empty', async () => {
    expect(
      await throughTheEngine(
        array(lowCardinality, (value: string) => value),
        [[], []],
      ),
    ).toEqual([[], []]);
    expect(await throughTheEngine(map(money), [{}, {}])).toEqual([{}, {}]);
  });
});

describe('a value that its column cannot hold is named by row and column', () => {
  const encode = <T>(type: NativeType<T>, storable: T, refused: T) =>
    startNativeBlock({
      own: [column('amount', type, ({ value }: Faced<undefined> & { value: T }) => value)],
      faces: NO_FACES,
    }).append([storable, refused, storable].map((value) => faceless({ value })));
  test.each([
    ['39 digits', () => encode(money, 0n, 10n ** 38n)],
    ['minus 39 digits', () => encode(money, 0n, -(10n ** 38n))],
    ['no number', () => encode(decimal128OfNumber(6), 0, Number.NaN)],
    ['infinity', () => encode(decimal128OfNumber(6), 0, Infinity)],
    ['a number beyond 2^53-1', () => encode(decimal128OfNumber(6), 0, -(2 ** 53))],
    ['a number of more than 18 digits', () => encode(decimal64OfNumber(3), 0, 1e16)],
    ['no byte', () => encode(int8, 0, 128)],
    ['a fraction', () => encode(uint32, 0, 0.5)],
    ['a time beyond the calendar', () => encode(dateTime64Utc, 0, 1e15)],
    [
      'inside a list',
      () =>
        encode(
          array(money, (units: bigint) => units),
          [1n],
          [1n, 10n ** 38n],
        ),
    ],
  ])('%s', (_, block) => {
    expect(block()).toEqual([{ index: 1, reason: expect.stringMatching(/^amount: /) }]);
  });
});

test('rows that a column cannot hold leave nothing behind: the block is that of the others', () => {
  interface Level {
    readonly word: string;
    readonly level: number;
  }
  const any = (ok: fc.Arbitrary<bigint>) =>
    fc.record({
      face: fc.constant(undefined),
      amount: ok,
      word: anyText,
      level: fc.integer({ min: 0, max: 1 }),
      words: fc.array(anyText, { maxLength: 3 }),
      money: fc.dictionary(anyText, ok, { maxKeys: 3 }),
      maybe: fc.option(ok),
    });
  type Row = Faced<Level> & (typeof storable extends fc.Arbitrary<infer Value> ? Value : never);
  const storable = any(anyMoney);
  const columns: readonly Column<Row>[] = [
    column('word', lowCardinality, ({ word }) => word),
    column('text', text, ({ word }) => word),
    column(
      'words',
      array(lowCardinality, (one: string) => one),
      ({ words }) => words,
    ),
    column('maybe', nullable(money, 0n), ({ maybe }) => maybe),
    column('money', map(money), ({ money: amounts }) => amounts),
    column('amount', money, ({ amount }) => amount),
  ];
  const faces: Faces<Row, Level> = {
    columns: [faceColumn('level', int8, ({ level }) => level), faceColumn('common', lowCardinality, ({ word }) => word)],
    faceOf: ({ word, level }) => ({ word, level }),
    hashOf: ({ word }) => word.length % 3,
    hasFace: (row, face) => row.word === face.word && row.level === face.level,
  };
  const encode = (rows: readonly Row[]) => {
    const block = startNativeBlock({ own: columns, faces });
    const half = Math.floor(rows.length / 2);
    const refused = [...block.append(rows.slice(0, half)), ...block.append(rows.slice(half)).map(({ index }) => ({ index: index + half }))];
    return { bytes: Buffer.concat(bytesOf(block)), refused: refused.map(({ index }) => index), rows: block.rows };
  };
  const row = fc.tuple(fc.constantFrom('good', 'amount', 'level'), storable).map(([bad, whole]) => {
    if (bad === 'good') return whole;
    return bad === 'amount' ? { ...whole, amount: 10n ** 38n } : { ...whole, level: 128 };
  });
  fc.assert(
    fc.property(fc.array(row, { maxLength: 30 }), (rows) => {
      const isBad = ({ amount, level }: Row) => amount === 10n ** 38n || level === 128;
      const good = rows.filter((one) => !isBad(one));
      const { bytes, refused } = encode(rows);
      expect(refused).toEqual([...rows.keys()].filter((index) => rows[index] !== undefined && isBad(rows[index])));
      expect(bytes).toEqual(encode(good).bytes);
    }),
  );
});

// But `adds`, which the table works out of the others.
describe("the writer's columns are the tables' columns", () => {
  test.each([
    ['calls', listColumns(CALL_COLUMNS)],
    ['spans', listColumns(STEP_COLUMNS)],
  ] as const)('%s', async (table, columns) => {
    const stored = await at.query<{ name: string; type: string }>(
      `SELECT name, type FROM system.columns WHERE database = 'tokenledger' AND table = '${table}' AND default_kind != 'ALIAS' AND name != 'adds' ORDER BY name`,
    );
    const written = columns.map(({ name, type }) => ({ name, type })).toSorted((a, b) => (a.name < b.name ? -1 : 1));
    expect(written).toEqual(stored);
  });
});
