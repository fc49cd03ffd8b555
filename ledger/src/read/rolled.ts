import type { Dimension } from '@tokenledger/model';
import { SUM_TABLES, type SumTable } from '../migrations/002-dashboard-rollups.ts';
import { quality } from '../migrations/003-quality-rollup.ts';
import { filterSql, type Filters } from './dimension-sql.ts';
import { OF_TENANT } from './limits.ts';
import { planPair, type Segment } from './sources.ts';
import { boundParams, BUCKET_COLUMN, bucketSql, timeSql, type Sql } from './spend-sql.ts';

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
}

/**
 * Sums per group under the names of keys and sums, as the text of a subquery. Whole buckets come from the rollup, what sticks out from the
 * rows it is a sum of; a filter by what the rollup has not kept is answered from the rows alone.
 */
export function rolledSql({ table, from, to, nowMs, stepMs = null, keys, sums, filters }: RolledQuery, prefix = ''): Sql {
  const facts: SumTable = TABLES[table];
  const filtered = Object.keys(filters).filter((name) => filters[name as Dimension] !== undefined);
  const isKnown = filtered.every((name) => facts.keys.some(([key]) => key === name));
  const segments = planPair(table, { fromMs: from, toMs: to, stepMs, nowMs, isKnown });
  const grouped = [...(stepMs === null ? [] : [BUCKET_COLUMN]), ...keys];
  const parts = segments.map((segment, index) => partSql({ facts, segment, bound: `${prefix}${index}`, stepMs, keys, sums, filters }));
  const merged = sums.map((name) => `${isMap(facts, name) ? 'sumMap' : 'sum'}(sum_${name}) AS ${name}`);
  const groupBy = grouped.length === 0 ? '' : `\nGROUP BY ${grouped.join(', ')}`;
  return {
    sql: `SELECT ${[...grouped, ...merged].join(', ')}\nFROM (\n${parts.join('\nUNION ALL\n')}\n)${groupBy}`,
    params: {
      ...boundParams(segments, prefix),
      ...filterSql(filters).params,
      ...(stepMs === null ? {} : { step: stepMs / 1000 }),
    },
  };
}

const isMap = ({ maps }: SumTable, name: string) => maps.some(([map]) => map === name);

interface Part extends Pick<RolledQuery, 'keys' | 'sums' | 'filters'> {
  readonly facts: SumTable;
  readonly segment: Segment;
  readonly bound: string;
  readonly stepMs: number | null;
}

function partSql({ facts, segment, bound, stepMs, keys, sums, filters }: Part): string {
  const { source } = segment;
  const isRollup = source.table === facts.table;
  const keySql = keys.map(
    (name) => `toString(${(!isRollup && facts.keys.find(([key]) => key === name)?.[2]) || name}) AS ${keyAlias(name)}`,
  );
  const sumSql = [...facts.numbers, ...facts.maps]
    .filter(([name]) => sums.includes(name))
    .map(
      // Sums of the rollup's rows are added up outside: where most rows are a group of their own, grouping twice takes twice as long.
      ([name, type, sql]) => `${isRollup ? name : `CAST(${sql}, '${type}')`} AS sum_${name}`,
    );
  const grouped = [...(stepMs === null ? [] : [BUCKET_COLUMN]), ...keys.map(keyAlias)];
  const where = [OF_TENANT, timeSql(segment, bound), ...(isRollup ? [] : [`(${facts.where.replace(/^WHERE /, '')})`])].join(' AND ');
  const columns = [...(stepMs === null ? [] : [bucketSql()]), ...keySql, ...sumSql];
  const inner = `SELECT ${columns.join(', ')}
FROM ${source.table}${source.table === 'spans' ? ' FINAL' : ''}
WHERE ${where}${filterSql(filters).sql}${isRollup || grouped.length === 0 ? '' : `\nGROUP BY ${grouped.join(', ')}`}`;
  // The names of keys are columns of the tables too, so that they can be given only from outside.
  const named = [
    ...(stepMs === null ? [] : [BUCKET_COLUMN]),
    ...keys.map((name) => `${keyAlias(name)} AS ${name}`),
    ...sums.map((name) => `sum_${name}`),
  ];
  return `SELECT ${named.join(', ')} FROM (\n${inner}\n)`;
}

const keyAlias = (name: string) => `key_${name}`;
