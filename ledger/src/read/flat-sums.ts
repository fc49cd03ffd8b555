import { addDecimals } from './add-decimals.ts';
import { columnOf, type Buckets, type Component } from './components.ts';
import { measureOf, type MeasureValue } from './measures.ts';
import type { RunQuery } from './run-query.ts';
import { BUCKET_COLUMN, canListBuckets, componentsOf, flatSql, groupColumn, type ChosenGroups, type SpendSqlRequest } from './spend-sql.ts';
import { addSums, decodeSums, type Sums, type SumsRow } from './sums.ts';

/** What a group spent, in a bucket or over the whole range. */
export interface GroupSums {
  /** A text for each dimension. */
  readonly group: readonly string[];
  /** Start of the bucket, epoch milliseconds; `null` of the whole range. */
  readonly bucketMs: number | null;
  readonly sums: Sums;
}

/** So many rows are cheaper to sort here than to have ranked by ClickHouse, which takes longer to work out what that means than to sum an hour. */
export const MOST_FLAT_ROWS = 10_000;

/** So many listed buckets, most of them empty, go for one row. */
const EMPTY_ARE_CHEAP = 5;

export interface FlatQuestion {
  readonly stepMs: number | null;
  /** Of the range, where `stepMs` says that they are wanted. */
  readonly times?: readonly number[];
  /** The groups that are wanted; absent: all. */
  readonly chosen?: ChosenGroups;
  readonly mostRows?: number;
}

/** All groups as the tables tell them, in no order; `undefined` if there are more rows than `mostRows`. */
export async function readFlat(run: RunQuery, request: SpendSqlRequest, question: FlatQuestion): Promise<readonly GroupSums[] | undefined> {
  const { stepMs, times = [], chosen, mostRows } = question;
  const buckets = stepMs === null || !canListBuckets(request) ? undefined : bucketsOf(times, stepMs);
  const mostAnswered = mostRows === undefined || buckets === undefined ? mostRows : Math.floor((EMPTY_ARE_CHEAP * mostRows) / times.length);
  const { sql, params } = flatSql(request, { stepMs, buckets, chosen, mostRows: mostAnswered });
  const answered = await run<SumsRow>(sql, params);
  if (mostAnswered !== undefined && answered.length > mostAnswered) return undefined;
  const rows = buckets ? eachBucket(answered, buckets) : answered;
  if (mostRows !== undefined && rows.length > mostRows) return undefined;
  const components = componentsOf([...request.measures, request.orderBy]);
  const merged = request.segments.length === 1 ? rows : mergeRows(rows, request);
  return toGroupSums(merged, request.groupBy, components);
}

/** So many bytes of names go into one question: they are part of its address, of which ClickHouse takes 128 KiB a parameter and 1 MiB together. */
const MOST_NAMED_BYTES = 65_536;
/** What stands around a name there, written so that an address may hold it. */
const AROUND_NAME_BYTES = 9;

/** The buckets of some groups, in no order. */
export async function readBuckets(
  run: RunQuery,
  request: SpendSqlRequest,
  { groups, ...question }: Omit<FlatQuestion, 'chosen' | 'mostRows'> & { readonly groups: readonly GroupSums[] },
): Promise<readonly GroupSums[]> {
  const buckets: GroupSums[] = [];
  for (const portion of portionsOf(groups)) {
    const chosen = request.groupBy.map((_, index) => portion.map(({ group }) => String(group[index])));
    buckets.push(...((await readFlat(run, request, { ...question, chosen })) ?? []));
  }
  return buckets;
}

function portionsOf(groups: readonly GroupSums[]): readonly (readonly GroupSums[])[] {
  const portions: GroupSums[][] = [];
  let left = 0;
  for (const each of groups) {
    left -= each.group.reduce((bytes, name) => bytes + Buffer.byteLength(name) + AROUND_NAME_BYTES, 0);
    const portion = left < 0 ? undefined : portions.at(-1);
    if (portion) portion.push(each);
    else {
      portions.push([each]);
      left = MOST_NAMED_BYTES;
    }
  }
  return portions;
}

function bucketsOf(times: readonly number[], stepMs: number): Buckets | undefined {
  const [fromMs, lastMs] = [times[0], times.at(-1)];
  return fromMs === undefined || lastMs === undefined ? undefined : { fromMs, toMs: lastMs + stepMs, stepMs };
}

/** A row for each bucket that has something, of rows that list them all. */
function eachBucket(answered: readonly SumsRow[], { fromMs, toMs, stepMs }: Buckets): readonly SumsRow[] {
  const rows: SumsRow[] = [];
  for (const row of answered) {
    const cells = Object.entries(row);
    const lists = cells.filter((cell): cell is [string, readonly string[]] => Array.isArray(cell[1]));
    const names = cells.filter(([, cell]) => !Array.isArray(cell));
    for (let at = 0, timeMs = fromMs; timeMs < toMs; at++, timeMs += stepMs) {
      if (lists.every(([, values]) => values[at] === '0')) continue;
      const bucket: Record<string, unknown> = { [BUCKET_COLUMN]: timeMs / 1000 };
      for (const [name, cell] of names) bucket[name] = cell;
      for (const [name, values] of lists) bucket[name] = values[at];
      rows.push(bucket);
    }
  }
  return rows;
}

export function toGroupSums(
  rows: readonly SumsRow[],
  groupBy: SpendSqlRequest['groupBy'],
  components?: readonly Component[],
): readonly GroupSums[] {
  const columns = groupBy.map((_, index) => groupColumn(index));
  return rows.map((row) => ({
    group: columns.map((name) => String(row[name])),
    bucketMs: row[BUCKET_COLUMN] === undefined ? null : Number(row[BUCKET_COLUMN]) * 1000,
    sums: decodeSums(row, components),
  }));
}

/** What several tables say of one group and bucket, added up digit by digit. */
function mergeRows(rows: readonly SumsRow[], request: SpendSqlRequest): readonly SumsRow[] {
  const keys = [BUCKET_COLUMN, ...request.groupBy.map((_, index) => groupColumn(index))];
  const columns = componentsOf([...request.measures, request.orderBy]).map(columnOf);
  const merged = new Map<string, SumsRow>();
  for (const row of rows) {
    const key = JSON.stringify(keys.map((name) => row[name]));
    const before = merged.get(key);
    const sum = before && { ...row, ...Object.fromEntries(columns.map((name) => [name, addCells(before[name], row[name])])) };
    merged.set(key, sum ?? row);
  }
  return [...merged.values()];
}

/** Numbers come as text, maps as objects of such. */
function addCells(a: unknown, b: unknown): unknown {
  if (typeof a === 'string' && typeof b === 'string') return addDecimals(a, b);
  const sum: Record<string, unknown> = { ...(a as object) };
  for (const [key, value] of Object.entries(b ?? {})) sum[key] = key in sum ? addCells(sum[key], value) : value;
  return sum;
}

/** The sums of each group over all its buckets. */
export const wholeGroups = (parts: readonly GroupSums[], request: SpendSqlRequest): readonly GroupSums[] =>
  [...Map.groupBy(parts, ({ group }) => keyOf(group)).values()].map((of) => ({
    group: of[0]?.group ?? [],
    bucketMs: null,
    sums: wholeSums(of, request),
  }));

export const wholeSums = (parts: readonly GroupSums[], { measures, orderBy }: SpendSqlRequest): Sums =>
  addSums(
    parts.map(({ sums }) => sums),
    componentsOf([...measures, orderBy]),
  );

/** One text for the values of a group. */
export const keyOf = (group: readonly string[]) => (group.length === 1 ? String(group[0]) : JSON.stringify(group));

/** Groups that spent something, in the order that is asked for: what is unknown comes last either way, what is equal by name. */
export function ranked(groups: readonly GroupSums[], request: SpendSqlRequest): readonly GroupSums[] {
  const { rank, value } = measureOf(request.orderBy);
  const components = componentsOf([...request.measures, request.orderBy]);
  const sign = request.direction === 'asc' ? 1 : -1;
  return groups
    .filter(({ sums }) => components.some((component) => isSomething(sums, component)))
    .map((group) => ({ group, value: (rank ?? value)(group.sums) }))
    .sort((a, b) => byValue(a.value, b.value, sign) || byName(a.group.group, b.group.group))
    .map(({ group }) => group);
}

function byValue(a: MeasureValue, b: MeasureValue, sign: 1 | -1): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null);
  return a === b ? 0 : a < b ? -sign : sign;
}

/** As ClickHouse compares texts: byte by byte. */
function byName(a: readonly string[], b: readonly string[]): number {
  for (const [index, text] of a.entries()) {
    const order = Buffer.compare(Buffer.from(text), Buffer.from(b[index] ?? ''));
    if (order !== 0) return order;
  }
  return 0;
}

function isSomething(sums: Sums, component: Component): boolean {
  const sum = sums[component];
  if (typeof sum === 'number') return sum !== 0;
  if (typeof sum === 'bigint') return sum !== 0n;
  return [...sum.values()].some((value) => value !== 0 && value !== 0n);
}
