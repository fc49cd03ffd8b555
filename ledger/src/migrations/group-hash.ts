import type { SumTable } from './sum-table.ts';

/** Of a key with about as many texts as there are rows. */
export const LONG_TEXT = 'String CODEC(ZSTD(1))';
export const isLong = ([, type]: SumTable['keys'][number]) => type === LONG_TEXT;

/** Groups are told apart by numbers of 64 bits made of their keys, not by reading texts: by one of each of these. */
export const HASHES = ['cityHash64', 'xxHash64'] as const;
export const hashSql = (column: string, index: number) => `${HASHES[index] ?? ''}(${column})`;

/** Kept of a long key. */
export const hashColumn = (key: string, index: number) => `${key}_hash_${index}`;
/** Kept of the keys that a table is usually asked by. */
export const USUAL_HASH = 'usual_hash';

/** One number of several keys. Each is hashed by itself: ClickHouse hashes a key of few texts once for each of them. */
export const mixSql = (keys: readonly string[], ofKey: (key: string) => string) =>
  keys
    .toSorted()
    .map((key, place) => `${2 * place + 1} * ${ofKey(key)}`)
    .join(' + ');

export function hashColumnsSql({ keys, usual }: Pick<SumTable, 'keys' | 'usual'>): readonly string[] {
  const kept = (name: string, sql: string) => `${name} UInt64 MATERIALIZED ${sql} CODEC(NONE)`;
  return [
    ...keys.filter(isLong).flatMap(([key]) => HASHES.map((_, index) => kept(hashColumn(key, index), hashSql(key, index)))),
    ...(usual === undefined
      ? []
      : [
          kept(
            USUAL_HASH,
            mixSql(usual, (key) => hashSql(key, 0)),
          ),
        ]),
  ];
}
