import { NUMBERS } from './001-usage-sums.ts';
import type { CreateTable, CreateView } from './change.ts';
import { DURABLE_SOUGHT, DURABLE_SUMS } from './durable.ts';
import { hashColumnsSql, USUAL_HASH, type SumKey } from './group-hash.ts';
import { startOf, type Bucket, type Rollup } from './rollup.ts';

/**
 * Sums for questions that dashboards ask and that grow with customers, prompts and runs: each has a table of its own, so that
 * `usage_1m` and `usage_1h` stay small whatever a tenant calls its customers.
 */
export interface SumTable {
  readonly table: string;
  readonly from: 'calls' | 'spans';
  /** Of a millisecond: for ranges that begin and end anywhere. */
  readonly bucket: Bucket | 'millisecond';
  readonly keptDays: number;
  readonly keys: readonly SumKey[];
  /** What is added up, of one row. */
  readonly numbers: readonly (readonly [name: string, type: string, sql: string])[];
  /** The same as maps. */
  readonly maps: readonly (readonly [name: string, type: string, sql: string])[];
  /** Of a map: a quicker way to the sum of a group than to add up the maps of its rows. */
  readonly sumsOfGroup?: Readonly<Record<string, string>>;
  /** Which rows it is about; absent: all. Of entries only those that add something leave a row. */
  readonly condition?: string;
  /** Rows of a key are one for each of these, until they are merged. */
  readonly alsoGroupedBy?: string;
  /** What it is usually asked by: a number made of these keys is kept. */
  readonly usual?: readonly string[];
  /** Rows lie by slices of so many days, and in a slice by that number: what a group has in it lies together. Absent: by time alone. */
  readonly sliceDays?: number;
  readonly shardBy: string;
}

/** What another view hands on, for a view that reads that instead of the rows themselves. */
interface Feed {
  readonly from: string;
  /** False where it goes on as it is, to be added up by merges. */
  readonly grouped: boolean;
}

export function rollup(facts: SumTable, feed?: Feed): Rollup {
  const { table, from, bucket, keptDays, keys, numbers, maps, shardBy, sliceDays } = facts;
  const names = keys.map(([name]) => name);
  const time = timeOf(bucket);
  const columns = [
    'tenant LowCardinality(String)',
    `${time.column} ${time.kept}`,
    ...keys.map(([name, type]) => `${name} ${type}`),
    ...numbers.map(([name, type]) => `${name} SimpleAggregateFunction(sum, ${type})`),
    ...maps.map(([name, type]) => `${name} SimpleAggregateFunction(sumMap, ${type})${isHistogram(type) ? ' CODEC(T64, LZ4)' : ''}`),
    ...hashColumnsSql(facts),
  ];
  const sumOf = { from, ...groupedSql(facts) };
  const sought = sliceDays === undefined ? [] : [`intDiv(toUInt32(time), ${sliceDays * DAY_SECONDS})`, USUAL_HASH];
  return {
    create: {
      table,
      columns: lines(columns),
      engine: 'AggregatingMergeTree',
      clauses: `PARTITION BY toYYYYMM(time)
PRIMARY KEY (${['tenant', ...(sought.length === 0 ? [time.first] : sought)].join(', ')})
ORDER BY (${['tenant', ...sought, time.first, ...names, ...time.last].join(', ')})
TTL ${time.seconds} + INTERVAL ${keptDays} DAY
${sought.length === 0 ? DURABLE_SUMS : DURABLE_SOUGHT}`,
      shardBy,
    },
    view: { view: `${table}_mv`, to: table, ...(feed ? fedSql(facts, feed) : sumOf) },
    sumOf,
    bucket: time.compared,
    keptDays,
    keys: names,
    numbers: numbers.map(([name]) => name),
    maps: maps.map(([name]) => name),
  };
}

const DAY_SECONDS = 86_400;

/** The time of a table's rows, and what they lie by. Those of a millisecond lie by the hour, so that what is alike lies together. */
const timeOf = (bucket: SumTable['bucket']) =>
  bucket === 'millisecond'
    ? ({
        column: `time DateTime64(3, 'UTC')`,
        kept: 'CODEC(T64, LZ4)',
        seconds: 'toDateTime(time)',
        first: 'toStartOfHour(time)',
        last: ['time'],
        compared: 'hour',
      } as const)
    : ({
        column: `time DateTime('UTC')`,
        kept: `COMMENT 'start of the ${bucket}' CODEC(Delta, ZSTD(1))`,
        seconds: 'time',
        first: 'time',
        last: [],
        compared: bucket,
      } as const);

/** Of small numbers alone: half as long as with LZ4 alone, and read four times as fast as with ZSTD. */
const isHistogram = (type: string) => type.endsWith('Int64)');

/** The select list and the rest of a question that groups rows into those of the table. */
function groupedSql(facts: SumTable): Pick<CreateView, 'select' | 'groupBy'> {
  const { keys, numbers, maps, sumsOfGroup, alsoGroupedBy } = facts;
  const also = alsoGroupedBy === undefined ? [] : [alsoGroupedBy];
  return {
    select: lines([
      ...keysSql(facts),
      ...numbers.map(([name, , sql]) => `sum(${sql}) AS ${name}`),
      ...maps.map(([name, , sql]) => `${sumsOfGroup?.[name] ?? `sumMap(${sql})`} AS ${name}`),
    ]),
    groupBy: `${whereSql(facts)}\nGROUP BY ${['tenant', 'time', ...keys.map(([name]) => name), ...also].join(', ')}`,
  };
}

const keysSql = ({ bucket, keys }: SumTable) => [
  'tenant',
  `${startOf[bucket]} AS time`,
  ...keys.map(([name, , sql]) => (sql === undefined ? name : `${sql} AS ${name}`)),
];

function whereSql({ from, condition }: SumTable): string {
  if (from === 'spans') return `WHERE ${condition ?? 'true'}`;
  return condition === undefined ? 'WHERE adds' : `WHERE ${condition} AND adds`;
}

function fedSql({ bucket, keys, numbers, maps }: SumTable, { from, grouped }: Feed): Pick<CreateView, 'from' | 'select' | 'groupBy'> {
  const names = keys.map(([name]) => name);
  const summed = (name: string, sum: string) => (grouped ? `${sum}(${ADDED}${name}) AS ${name}` : `${ADDED}${name} AS ${name}`);
  return {
    from,
    select: lines([
      'tenant',
      `${startOf[bucket]} AS time`,
      ...names,
      ...numbers.map(([name]) => summed(name, 'sum')),
      ...maps.map(([name]) => summed(name, 'sumMap')),
    ]),
    groupBy: grouped ? `GROUP BY tenant, time, ${names.join(', ')}` : '',
  };
}

const ADDED = 'added_';
const lines = (columns: readonly string[]) => columns.map((column) => `  ${column}`).join(',\n');

/** A table that keeps nothing: it hands what is worked out of rows, once, to the views of several tables. */
export function feedOf(table: string, facts: SumTable): readonly [CreateTable, CreateView] {
  const { from, bucket, keys, numbers, maps } = facts;
  const added = [...numbers, ...maps];
  const columns = [
    'tenant LowCardinality(String)',
    timeOf(bucket).column,
    ...keys.map(([name, type]) => `${name} ${type.replace(/ CODEC.*/, '')}`),
    ...added.map(([name, type]) => `${ADDED}${name} ${type}`),
  ];
  const select = lines([...keysSql(facts), ...added.map(([name, , sql]) => `${sql} AS ${ADDED}${name}`)]);
  return [
    { table, columns: lines(columns), engine: 'Null', clauses: '', shardBy: '' },
    { view: `${table}_mv`, to: table, from, select, groupBy: whereSql(facts) },
  ];
}

export const NAME = 'LowCardinality(String)';
export const named = (...names: readonly string[]) => names.map((name) => [name, NAME] as const);

export const COUNTED: SumTable['numbers'] = [
  ...NUMBERS.filter((name) => name !== 'cost').map((name) => [name, 'Int64', `delta_${name}`] as const),
  ['cost', 'Decimal(38, 12)', 'delta_cost'],
];
