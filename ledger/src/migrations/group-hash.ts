/** Of a table of sums: name, type and, where it is not a column of that name, what it is. */
export type SumKey = readonly [name: string, type: string, sql?: string];

/** Of a key with about as many texts as there are rows. */
export const LONG_TEXT = 'String CODEC(ZSTD(1))';
export const isLong = ([, type]: SumKey) => type === LONG_TEXT;

/** Groups are told apart by numbers of 64 bits made of their keys, not by reading texts: by one of each of these. */
export const HASHES = ['cityHash64', 'xxHash64'] as const;
export const hashSql = (column: string, index: number) => `${HASHES[index] ?? ''}(${column})`;

/** Kept of a long key. */
export const hashColumn = (key: string, index: number) => `${key}_hash_${index}`;
/** Kept of the keys that a table is usually asked by; 0 where the long one of them says nothing. */
export const USUAL_HASH = 'usual_hash';

/** One number of several keys. Each is hashed by itself: ClickHouse hashes a key of few texts once for each of them. */
export const mixSql = (keys: readonly string[], ofKey: (key: string) => string) =>
  keys
    .toSorted()
    .map((key, place) => `${2 * place + 1} * ${ofKey(key)}`)
    .join(' + ');

interface Hashed {
  readonly keys: readonly SumKey[];
  readonly usual?: readonly string[];
}

export function hashColumnsSql({ keys, usual }: Hashed): readonly string[] {
  const kept = (name: string, sql: string) => `${name} UInt64 MATERIALIZED ${sql} CODEC(NONE)`;
  return [
    ...keys.filter(isLong).flatMap(([key]) => HASHES.map((_, index) => kept(hashColumn(key, index), hashSql(key, index)))),
    ...(usual === undefined ? [] : [kept(USUAL_HASH, usualSql(keys, usual))]),
  ];
}

function usualSql(keys: Hashed['keys'], usual: readonly string[]): string {
  const mixed = mixSql(usual, (key) => hashSql(key, 0));
  const long = keys.find((key) => isLong(key) && usual.includes(key[0]));
  return long === undefined ? mixed : `if(${long[0]} = '', 0, ${mixed})`;
}
