import { hashSql, isLong, mixSql } from '../migrations/group-hash.ts';
import type { SumTable } from '../migrations/sum-table.ts';

/**
 * 128 bits, so that no two groups are taken for one: with 64, two of a hundred million would be alike in one of four thousand answers. Two columns,
 * because of a tuple ClickHouse hashes each row once more, which takes three times as long. Of a long key the second is the second number of it alone:
 * what it does not tell apart are the few groups of the same text, for which the first is enough.
 */
export const ID = ['id_0', 'id_1'] as const;
export type Id = Readonly<Record<(typeof ID)[number], string>>;

/** Odd, so that it takes no bit of a number away, and none of those that keys are mixed by. */
const APART = 1_000_003n;
const NUMBERS = 2n ** 64n;

/** The first number of groups that one key more tells apart, whose number is `apart`; and what it was without that. A third column would cost half of a grouping again. */
export const withApart = (id: string, apart: string) => `${id} + ${APART} * ${apart}`;
export const withoutApart = (id: string, apart: string) => `${id} + ${NUMBERS - APART} * ${apart}`;

export function idsSql({ keys: known }: SumTable, keys: readonly string[], ofKey = hashSql): readonly string[] {
  const long = known.find((key) => isLong(key) && keys.includes(key[0]))?.[0];
  return [mixSql(keys, (key) => ofKey(key, 0)), long === undefined ? mixSql(keys, (key) => ofKey(key, 1)) : ofKey(long, 1)];
}
