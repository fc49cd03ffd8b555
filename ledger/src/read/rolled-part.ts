import { hashColumn, HASHES, hashSql, isLong, USUAL_HASH } from '../migrations/group-hash.ts';
import type { SumTable } from '../migrations/sum-table.ts';
import { newestStepsOf, newestStepsSql } from '../newest-steps.ts';
import { filterSql } from './dimension-sql.ts';
import { ID, idsSql, withApart } from './group-id.ts';
import { OF_TENANT } from './limits.ts';
import type { RolledQuery } from './rolled-query.ts';
import type { SignedSegment } from './rolled-sources.ts';
import { signSql, signedSql } from './signed-sql.ts';
import { BUCKET_COLUMN, bucketSql, timeSql } from './spend-sql.ts';

/** What one table says to a question. */
export interface Part extends Omit<RolledQuery, 'about' | 'beside'> {
  readonly facts: SumTable;
  readonly segment: SignedSegment;
  /** The columns that groups are told apart by. */
  readonly told: readonly string[];
  /** Sums that another table knows, and their types. */
  readonly nothing: readonly (readonly [name: string, type: string])[];
}

export function partSql(part: Part): string {
  const { stepMs = null, told, nothing } = part;
  const bucket = stepMs === null ? [] : [BUCKET_COLUMN];
  const groupedBy = [...bucket, ...told.map(keyAlias)];
  // Parts have their columns in one order.
  const added = [...sumsSql(part), ...nothing.map(([name, type]) => [name, `CAST(0, '${type}')`] as const)].toSorted(([a], [b]) =>
    a < b ? -1 : 1,
  );
  const columns = [
    ...(stepMs === null ? [] : [bucketSql()]),
    ...toldSql(part).map((sql, index) => `${sql} AS ${part.byNumbers ? '' : 'key_'}${told[index] ?? ''}`),
    ...added.map(([name, sql]) => `${sql} AS sum_${name}`),
  ];
  const inner = `SELECT ${columns.join(', ')}
${rowsSql(part)}${isGrouped(part) && groupedBy.length > 0 ? `\nGROUP BY ${groupedBy.join(', ')}` : ''}`;
  // No table has columns of these names, and each level of a question takes longer to work out.
  if (part.byNumbers) return inner;
  // The names of keys are columns of the tables too, so that they can be given only from outside.
  const named = [...bucket, ...told.map((name) => `${keyAlias(name)} AS ${name}`), ...added.map(([name]) => `sum_${name}`)];
  return `SELECT ${named.join(', ')} FROM (\n${inner}\n)`;
}

/**
 * What one table says by itself, added up: `keys`, sums behind `sum_`, maps behind `map_`, and `sign`, -1 for what is to be taken off. What a question of several
 * tables needs beside that, levels and types that fit, takes longer to work out than such an answer to find.
 */
export function aloneSql(part: Part): string {
  const { segment, facts, keys, sums } = part;
  const sign = signSql(segment);
  const summed = [...facts.numbers, ...facts.maps]
    .filter(([name]) => sums.includes(name))
    .map(([name, , sql]) => {
      if (isMap(facts, name)) return `sumMap(${isRollup(part) ? name : sql}) AS map_${name}`;
      return `sum(${isRollup(part) ? name : sql}) AS sum_${name}`;
    });
  const groupedBy = [...keys.map((name) => columnSql(part, name)), ...(typeof sign === 'string' ? ['sign'] : [])];
  return `SELECT [${keys.map((name) => columnSql(part, name)).join(', ')}] AS keys, ${[`${sign} AS sign`, ...summed].join(', ')}
${rowsSql(part)}${groupedBy.length > 0 ? `\nGROUP BY ${groupedBy.join(', ')}` : ''}`;
}

export const isMap = ({ maps }: SumTable, name: string) => maps.some(([map]) => map === name);

const isRollup = ({ segment }: Part) => segment.source.shape === 'sums';
/**
 * Sums of a rollup's rows are added up outside: where most rows are a group of their own, grouping twice takes twice as long. So they are of calls, where
 * groups are found by numbers.
 */
const isGrouped = (part: Part) => !isRollup(part) && !part.byNumbers;

/** A key, as the table tells it. */
const columnSql = (part: Part, name: string) => (!isRollup(part) && part.facts.keys.find(([key]) => key === name)?.[2]) || name;
const isHashed = (part: Part, name: string) => isRollup(part) && part.facts.keys.some((key) => key[0] === name && isLong(key));

function numbersSql(part: Part): readonly string[] {
  const { facts, keys } = part;
  const hashOf = (name: string, index: number) => (isHashed(part, name) ? hashColumn(name, index) : hashSql(columnSql(part, name), index));
  const numbers = idsSql(facts, keys, hashOf);
  return isUsual(part) ? [USUAL_HASH, ...numbers.slice(1)] : numbers;
}

const isUsual = (part: Part) => isRollup(part) && part.facts.usual?.toSorted().join() === part.keys.toSorted().join();

function toldSql(part: Part): readonly string[] {
  const { keys, byNumbers, apart, withSecond } = part;
  if (!byNumbers) return keys.map((name) => `toString(${columnSql(part, name)})`);
  const numbers = numbersSql(part).slice(0, withSecond ? 2 : byNumbers);
  if (apart === undefined) return numbers;
  const apartNumber = hashSql(columnSql(part, apart), 0);
  const [first = '', ...others] = numbers;
  return [keys.includes(apart) ? first : withApart(first, apartNumber), ...others, apartNumber];
}

function sumsSql(part: Part): readonly (readonly [name: string, sql: string])[] {
  const { facts, segment, sums } = part;
  const sign = signSql(segment);
  const asked = [...facts.numbers, ...facts.maps].filter(([name]) => sums.includes(name));
  return asked.map(([name, type, sql]) => {
    const cast = (value: string) => (isRollup(part) ? value : `CAST(${value}, '${type}')`);
    if (isMap(facts, name)) return [name, signedSql(sign, cast(isRollup(part) ? name : `sumMap(${sql})`), true)] as const;
    const value = signedSql(sign, isRollup(part) ? name : sql, false);
    return [name, cast(isGrouped(part) ? `sum(${value})` : value)] as const;
  });
}

/** A step is chosen by what was told of it last. Groups found by numbers may be of nobody, so that nothing is chosen and a level less is worked out. */
function rowsSql(part: Part): string {
  const { segment, filters, byNumbers } = part;
  const { table } = segment.source;
  const within = `${OF_TENANT} AND ${timeSql(segment)}`;
  const filter = filterSql(filters).sql;
  if (table === 'spans' && byNumbers && filter === '') return `FROM ${newestStepsOf(within)}`;
  const chosen = `${conditionsOf(part)
    .map((condition) => ` AND ${condition}`)
    .join('')}${filter}`;
  return table === 'spans' ? `FROM ${newestStepsSql(within)}\nWHERE true${chosen}` : `FROM ${table}\nWHERE ${within}${chosen}`;
}

function conditionsOf(part: Part): readonly string[] {
  const { facts, said, only, ids } = part;
  // Groups that were found are what they are asked to be.
  if (ids !== undefined) return [`${numbersSql(part)[ID.indexOf(ids.of)] ?? ''} IN {ids:Array(UInt64)}`];
  // A condition on calls is that one of several keys says something.
  const isImplied = isRollup(part) || facts.condition === undefined || (said !== undefined && facts.condition.includes(`${said} != ''`));
  return [
    ...(isImplied ? [] : [`(${facts.condition ?? ''})`]),
    ...(said === undefined ? [] : [saidSql(part, said)]),
    ...(only ? [`${columnSql(part, only[0])} = {only:String}`] : []),
  ];
}

function saidSql(part: Part, key: string): string {
  if (!isHashed(part, key)) return `${columnSql(part, key)} != ''`;
  if (isUsual(part)) return `${USUAL_HASH} != 0`;
  // As surely as groups are told apart.
  const numbers = HASHES.slice(0, part.byNumbers).map((hash, index) => `${hashColumn(key, index)} = ${hash}('')`);
  return `NOT (${numbers.join(' AND ')})`;
}
const keyAlias = (name: string) => `key_${name}`;
