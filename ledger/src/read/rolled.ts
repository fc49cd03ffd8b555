import type { Dimension } from '@tokenledger/model';
import { HASHES, hashColumn, isLong, SUM_TABLES, type SumTable } from '../migrations/002-dashboard-rollups.ts';
import { quality } from '../migrations/003-quality-rollup.ts';
import { signed } from './components.ts';
import { filterSql, type Filters } from './dimension-sql.ts';
import { OF_TENANT } from './limits.ts';
import { planPair, type Segment } from './sources.ts';
import { BUCKET_COLUMN, bucketSql, timeSql, type Sql } from './spend-sql.ts';

const TABLES = { ...SUM_TABLES, quality_1h: quality } as const satisfies Record<string, SumTable>;

/** A question about prompts, runs, steps or quality: sums by some of the keys of their table. */
export interface RolledQuery {
  readonly table: keyof typeof TABLES;
  /** Epoch milliseconds; `from` ≤ time < `to`. */
  readonly from: number;
  readonly to: number;
  readonly nowMs: number;
  readonly stepMs?: number | null;
  readonly keys: readonly string[];
  readonly sums: readonly string[];
  readonly filters: Filters;
  /** Only rows that say something of this key. */
  readonly said?: string;
  /**
   * Groups by two numbers made of the keys, `ID`, instead of by their texts, which takes a third of the time where there are millions. Of each group
   * these texts are given, under these names; they must follow from the keys.
   */
  readonly labels?: Readonly<Record<string, string>>;
  /** Only these groups, found by the first of those numbers; whoever asks compares both. */
  readonly ids?: readonly Id[];
}

/**
 * 128 bits, so that no two groups are taken for one: with 64, two of a hundred million would be alike in one of four thousand answers. Two columns,
 * because of a tuple ClickHouse hashes each row once more, which takes three times as long.
 */
export const ID = ['id_0', 'id_1'] as const;
export type Id = Readonly<Record<(typeof ID)[number], string>>;

/** Each key is hashed by itself: ClickHouse hashes a key of few texts once for each of them, and one of many has its hashes in the rollup. */
export const idSql = (keys: readonly string[], hashSql = hashOf): readonly string[] =>
  ID.map((_, index) => keys.map((key, place) => `${2 * place + 1} * ${hashSql(key, index)}`).join(' + '));
const hashOf = (column: string, index: number) => `${HASHES[index] ?? ''}(${column})`;
/** The same of texts, as columns. */
export const withIds = (keys: readonly string[]) => idSql(keys).map((sql, index) => `${sql} AS ${ID[index] ?? ''}`);
export const idText = (id: Id) => ID.map((name) => id[name]).join(' ');

/**
 * Sums per group under the names of keys and sums, as the text of a subquery. Whole buckets come from the rollup, what sticks out from the
 * rows it is a sum of; a filter by what the rollup has not kept is answered from the rows alone.
 */
export function rolledSql(query: RolledQuery): Sql {
  const { table, from, to, nowMs, stepMs = null, sums, filters, labels = {}, ids } = query;
  const facts: SumTable = TABLES[table];
  const filtered = Object.keys(filters).filter((name) => filters[name as Dimension] !== undefined);
  const isKnown = filtered.every((name) => facts.keys.some(([key]) => key === name));
  const segments = planPair(table, { fromMs: from, toMs: to, stepMs, nowMs, isKnown });
  const grouped = [...(stepMs === null ? [] : [BUCKET_COLUMN]), ...keysOf(query)];
  const parts = segments.map((segment) => partSql({ ...query, facts, segment, stepMs }));
  const merged = sums.map((name) => `${isMap(facts, name) ? 'sumMap' : 'sum'}(sum_${name}) AS ${name}`);
  const said = Object.keys(labels).map((name) => `any(label_${name}) AS ${name}`);
  // A group that adds nothing, or only to what was taken off again, is none.
  const left = segments.some(({ source }) => source.table !== table)
    ? `\nHAVING ${sums.map((name) => (isMap(facts, name) ? `notEmpty(${name})` : `${name} != 0`)).join(' OR ')}`
    : '';
  const groupBy = grouped.length === 0 ? '' : `\nGROUP BY ${grouped.join(', ')}${left}`;
  return {
    sql: `SELECT ${[...grouped, ...said, ...merged].join(', ')}\nFROM (\n${parts.join('\nUNION ALL\n')}\n)${groupBy}`,
    params: {
      ...filterSql(filters).params,
      ...(stepMs === null ? {} : { step: stepMs / 1000 }),
      ...(ids && { ids: ids.map((id) => BigInt(id[ID[0]])) }),
    },
  };
}

const isMap = ({ maps }: SumTable, name: string) => maps.some(([map]) => map === name);

/** What groups are told apart by. */
const keysOf = ({ keys, labels }: Pick<RolledQuery, 'keys' | 'labels'>): readonly string[] => (labels === undefined ? keys : ID);

interface Part extends Pick<RolledQuery, 'keys' | 'sums' | 'filters' | 'said' | 'labels' | 'ids'> {
  readonly facts: SumTable;
  readonly segment: Segment;
  readonly stepMs: number | null;
}

function partSql({ facts, segment, stepMs, keys, sums, filters, said, labels, ids }: Part): string {
  const { source, sign } = segment;
  const isRollup = source.table === facts.table;
  const columnSql = (name: string) => (!isRollup && facts.keys.find(([key]) => key === name)?.[2]) || name;
  const told = keysOf({ keys, ...(labels && { labels }) });
  const isHashed = (name: string) => isRollup && facts.keys.some((key) => key[0] === name && isLong(key));
  const hashSql = (name: string, index: number) => (isHashed(name) ? hashColumn(name, index) : hashOf(columnSql(name), index));
  const idsSql = idSql(keys, hashSql);
  const toldSql = labels ? idsSql : keys.map((name) => `toString(${columnSql(name)})`);
  const keySql = toldSql.map((sql, index) => `${sql} AS ${keyAlias(told[index] ?? '')}`);
  const isGrouped = !isRollup && told.length > 0;
  const labelSql = Object.entries(labels ?? {}).map(([name, sql]) => `${isGrouped ? `any(${sql})` : sql} AS label_${name}`);
  const sumSql = [...facts.numbers, ...facts.maps]
    .filter(([name]) => sums.includes(name))
    .map(
      // Sums of the rollup's rows are added up outside: where most rows are a group of their own, grouping twice takes twice as long.
      ([name, type, sql]) => `${signed(isRollup ? name : `CAST(${sql}, '${type}')`, sign, isMap(facts, name))} AS sum_${name}`,
    );
  const grouped = [...(stepMs === null ? [] : [BUCKET_COLUMN]), ...told.map(keyAlias)];
  const conditions = [
    OF_TENANT,
    timeSql(segment),
    ...(isRollup || facts.condition === undefined ? [] : [`(${facts.condition})`]),
    ...(said === undefined
      ? []
      : [isHashed(said) ? notSql(HASHES.map((hash, index) => `${hashColumn(said, index)} = ${hash}('')`)) : `${columnSql(said)} != ''`]),
    ...(ids === undefined ? [] : [`${idsSql[0]} IN {ids:Array(UInt64)}`]),
  ];
  const columns = [...(stepMs === null ? [] : [bucketSql()]), ...keySql, ...labelSql, ...sumSql];
  const inner = `SELECT ${columns.join(', ')}
FROM ${source.table}${source.table === 'spans' ? ' FINAL' : ''}
WHERE ${conditions.join(' AND ')}${filterSql(filters).sql}${isRollup || grouped.length === 0 ? '' : `\nGROUP BY ${grouped.join(', ')}`}`;
  // The names of keys are columns of the tables too, so that they can be given only from outside.
  const named = [
    ...(stepMs === null ? [] : [BUCKET_COLUMN]),
    ...told.map((name) => `${keyAlias(name)} AS ${name}`),
    ...Object.keys(labels ?? {}).map((name) => `label_${name}`),
    ...sums.map((name) => `sum_${name}`),
  ];
  return `SELECT ${named.join(', ')} FROM (\n${inner}\n)`;
}

const notSql = (conditions: readonly string[]) => `NOT (${conditions.join(' AND ')})`;
const keyAlias = (name: string) => `key_${name}`;
