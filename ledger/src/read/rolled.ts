import type { Dimension } from '@tokenledger/model';
import { SUM_TABLES } from '../migrations/002-dashboard-rollups.ts';
import { quality } from '../migrations/003-quality-rollup.ts';
import { hashSql } from '../migrations/group-hash.ts';
import type { SumTable } from '../migrations/sum-table.ts';
import { filterSql } from './dimension-sql.ts';
import { ID, idsSql } from './group-id.ts';
import { READ_SETTINGS } from './limits.ts';
import { aloneSql, isMap, partSql, type Part } from './rolled-part.ts';
import type { RolledQuery } from './rolled-query.ts';
import { planRolled, type RolledSubject, type SignedSegment } from './rolled-sources.ts';
import { BUCKET_COLUMN, type Sql } from './spend-sql.ts';

/** The keys and sums of each. Tables of one subject differ in how long their buckets are. */
const FACTS = {
  prompts: SUM_TABLES.prompt_1d,
  templates: SUM_TABLES.template_1h,
  runs: SUM_TABLES.run_1h,
  steps: SUM_TABLES.step_1h,
  runSteps: SUM_TABLES.run_step_1h,
  quality,
} as const satisfies Record<RolledSubject, SumTable>;

/** The same of texts, as columns. */
export const withIds = (about: RolledSubject, keys: readonly string[]) =>
  idsSql(FACTS[about], keys).map((sql, index) => `${sql} AS ${ID[index] ?? ''}`);
/** The number that stands for a text in `apart`. */
export const apartSql = (column: string) => hashSql(column, 0);

/**
 * Sums per group under the names of keys and sums, as the text of a subquery. Whole buckets come from the rollups, what sticks out from the
 * rows they are sums of; a filter by what a rollup has not kept is answered from the rows alone.
 */
export function rolledSql(query: RolledQuery): Sql {
  const { about, stepMs = null, beside } = query;
  const others = beside ? [{ ...query, ...beside, filters: {}, beside: { about, sums: query.sums } }] : [];
  const parts = [query, ...others].flatMap((each) => partsOf(each, hasMaps(each))).map(partSql);
  const sums = [...query.sums, ...(beside?.sums ?? [])];
  const grouped = [...(stepMs === null ? [] : [BUCKET_COLUMN]), ...toldBy(query)];
  const isNotNothing = (name: string) => (isMap(FACTS[about], name) ? `notEmpty(${name})` : `${name} != 0`);
  // A group that adds nothing, or only to what was taken off again, is none.
  const isSome = query.sums.map(isNotNothing).join(' OR ');
  const groupBy =
    grouped.length === 0 ? '' : `\nGROUP BY ${grouped.join(', ')}${isSome === '' || query.byNumbers ? '' : `\nHAVING ${isSome}`}`;
  const alike = alikeIn(query).map((name) => `any(${name}) AS ${name}`);
  const merged = sums.map((name) => `${isMap(FACTS[about], name) ? 'sumMap' : 'sum'}(sum_${name}) AS ${name}`);
  return {
    sql: `SELECT ${[...grouped, ...alike, ...merged].join(', ')}\nFROM (\n${parts.join('\nUNION ALL\n')}\n)${groupBy}`,
    params: { ...paramsOf(query), ...(stepMs === null ? {} : { step: stepMs / 1000 }) },
  };
}

const paramsOf = ({ filters, only, ids }: RolledQuery) => ({
  ...filterSql(filters).params,
  ...(only && { only: only[1] }),
  ...(ids && { ids: ids.values.map(BigInt) }),
});

/** The same of each table by itself, as whole questions: rows of `aloneSql`. */
export const eachTableSql = (query: RolledQuery): readonly Sql[] => tablesOf(query).map((sql) => wholeSql(query, sql));

/** The same rows by one question. */
export const allTablesSql = (query: RolledQuery): readonly Sql[] => [wholeSql(query, tablesOf(query).join('\nUNION ALL\n'))];

const tablesOf = (query: RolledQuery) => partsOf(query, false).map(aloneSql);
const wholeSql = (query: RolledQuery, sql: string): Sql => ({ sql: `${sql}\n${READ_SETTINGS}`, params: paramsOf(query) });

const hasMaps = ({ about, sums }: RolledQuery) => sums.some((name) => isMap(FACTS[about], name));

/** What groups are told apart by. */
const toldBy = ({ keys, byNumbers }: RolledQuery): readonly string[] => (byNumbers ? ID.slice(0, byNumbers) : keys);
/** What all rows of a group say alike. */
const alikeIn = ({ apart, withSecond }: RolledQuery): readonly string[] => [
  ...(withSecond ? [ID[1]] : []),
  ...(apart === undefined ? [] : ['apart']),
];

function partsOf(query: RolledQuery, areSignsApart: boolean): readonly Part[] {
  const { about, from, to, nowMs, stepMs = null, filters } = query;
  const filtered = Object.keys(filters).filter((name) => filters[name as Dimension] !== undefined);
  const isKnown = filtered.every((name) => FACTS[about].keys.some(([key]) => key === name));
  const segments = planRolled(about, { fromMs: from, toMs: to, stepMs, nowMs, isKnown, areSignsApart });
  const nothing = query.beside ? typesOf(query.beside).numbers : [];
  return segments.map((segment) => ({
    ...query,
    facts: factsOf(about, segment),
    segment,
    told: [...toldBy(query), ...alikeIn(query)],
    nothing,
  }));
}

const factsOf = (about: RolledSubject, { source }: SignedSegment): SumTable =>
  Object.values<SumTable>(SUM_TABLES).find(({ table }) => table === source.table) ?? FACTS[about];

/** Name and type of each sum. */
export function typesOf({ about, sums }: Pick<RolledQuery, 'about' | 'sums'>) {
  const { numbers, maps }: SumTable = FACTS[about];
  const asked = (known: SumTable['numbers']) => known.filter(([name]) => sums.includes(name)).map(([name, type]) => [name, type] as const);
  return { numbers: asked(numbers), maps: asked(maps) };
}
