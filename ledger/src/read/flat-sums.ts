import { addDecimals } from './add-decimals.ts';
import { BINARY_ROWS, type BinaryRow } from './binary-rows.ts';
import { columnOf, type Component } from './components.ts';
import { measureOf, type MeasureValue } from './measures.ts';
import type { RunQuery } from './run-query.ts';
import { BUCKET_COLUMN, canListBuckets, componentsOf, flatSql, groupColumn, type ChosenGroups, type SpendSqlRequest } from './spend-sql.ts';
import { addSums, decodeSums, listedSums, type Sums, type SumsRow } from './sums.ts';

/** What a group spent over the whole range. */
export interface GroupSums {
  /** A text for each dimension. */
  readonly group: readonly string[];
  readonly sums: Sums;
}

/** What a group spent in each bucket of the range: place i is the i-th bucket, absent where nothing was spent. */
export interface GroupSeries {
  readonly group: GroupSums['group'];
  readonly buckets: readonly (Sums | undefined)[];
}

/** So many rows are cheaper to sort here than to have ranked by ClickHouse, which takes longer to work out what that means than to sum an hour. */
export const MOST_FLAT_ROWS = 10_000;

/** So many listed buckets, most of them empty, go for one row. */
const EMPTY_ARE_CHEAP = 5;

/** All groups, in no order; `undefined` if there are too many. */
export async function readGroups(run: RunQuery, request: SpendSqlRequest): Promise<readonly GroupSums[] | undefined> {
  // Without groups there is one row.
  const mostRows = request.groupBy.length === 0 ? undefined : MOST_FLAT_ROWS;
  const { sql, params } = flatSql(request, { stepMs: null, mostRows });
  const rows = await run<SumsRow>(sql, params);
  return rows.length > MOST_FLAT_ROWS ? undefined : toGroupSums(mergeRows(rows, request), request.groupBy, summedBy(request));
}

export interface SeriesQuestion {
  readonly stepMs: number;
  /** The starts of all buckets of the range. */
  readonly times: readonly number[];
  /** The groups that are wanted; absent: all, if they are not too many. */
  readonly chosen?: ChosenGroups;
}

/** The buckets of all groups, or of those that are chosen, in no order; `undefined` if there are too many. */
export async function readSeries(
  run: RunQuery,
  request: SpendSqlRequest,
  question: SeriesQuestion,
): Promise<readonly GroupSeries[] | undefined> {
  const { stepMs, times, chosen } = question;
  const fromMs = times[0] ?? 0;
  const buckets = canListBuckets(request) ? { fromMs, toMs: fromMs + times.length * stepMs, stepMs } : undefined;
  const most = buckets ? Math.floor((EMPTY_ARE_CHEAP * MOST_FLAT_ROWS) / times.length) : MOST_FLAT_ROWS;
  const mostRows = chosen === undefined && request.groupBy.length > 0 ? most : undefined;
  const { sql, params } = flatSql(request, { stepMs, buckets, chosen, mostRows });
  const isTooMany = (rows: readonly unknown[]) => mostRows !== undefined && rows.length > mostRows;
  if (buckets) {
    const rows = await run(sql, params, BINARY_ROWS);
    return isTooMany(rows) ? undefined : seriesOfLists(rows, request);
  }
  const rows = await run<SumsRow>(sql, params);
  return isTooMany(rows) ? undefined : seriesOfRows(mergeRows(rows, request), request, { stepMs, fromMs });
}

/** So many bytes of names go into one question: they are part of its address, of which ClickHouse takes 128 KiB a parameter and 1 MiB together. */
const MOST_NAMED_BYTES = 65_536;
/** What stands around a name there, written so that an address may hold it. */
const AROUND_NAME_BYTES = 9;

/** The buckets of some groups, in no order. */
export async function readChosenSeries(
  run: RunQuery,
  request: SpendSqlRequest,
  { groups, ...question }: Omit<SeriesQuestion, 'chosen'> & { readonly groups: readonly GroupSums[] },
): Promise<readonly GroupSeries[]> {
  const series: GroupSeries[] = [];
  for (const portion of portionsOf(groups)) {
    const chosen = request.groupBy.map((_, index) => portion.map(({ group }) => String(group[index])));
    series.push(...((await readSeries(run, request, { ...question, chosen })) ?? []));
  }
  return series;
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

const summedBy = ({ measures, orderBy }: SpendSqlRequest) => componentsOf([...measures, orderBy]);

/** Of rows of a group and table each, which list the sums of all buckets. */
function seriesOfLists(rows: readonly BinaryRow[], request: SpendSqlRequest): readonly GroupSeries[] {
  const components = summedBy(request);
  const series = rows.map((row) => ({
    group: groupOf(row, request.groupBy),
    buckets: listedSums(row, components).map((sums) => (components.some((component) => isSomething(sums, component)) ? sums : undefined)),
  }));
  return request.segments.length === 1 ? series : mergeSeries(series, components);
}

function mergeSeries(series: readonly GroupSeries[], components: readonly Component[]): readonly GroupSeries[] {
  const merged = new Map<string, GroupSeries>();
  for (const { group, buckets } of series) {
    const before = merged.get(keyOf(group))?.buckets ?? [];
    const sum = buckets.map((sums, index) => {
      const other = before[index];
      return sums && other ? addSums([sums, other], components) : (sums ?? other);
    });
    merged.set(keyOf(group), { group, buckets: sum });
  }
  return [...merged.values()];
}

/** Of rows of a group and bucket each. */
function seriesOfRows(
  rows: readonly SumsRow[],
  request: SpendSqlRequest,
  { fromMs, stepMs }: { readonly fromMs: number; readonly stepMs: number },
): readonly GroupSeries[] {
  const components = summedBy(request);
  const series = new Map<string, { readonly group: GroupSums['group']; readonly buckets: Sums[] }>();
  for (const row of rows) {
    const group = groupOf(row, request.groupBy);
    const key = keyOf(group);
    const of = series.get(key) ?? { group, buckets: [] };
    of.buckets[(Number(row[BUCKET_COLUMN]) * 1000 - fromMs) / stepMs] = decodeSums(row, components);
    series.set(key, of);
  }
  return [...series.values()];
}

export const toGroupSums = (
  rows: readonly SumsRow[],
  groupBy: SpendSqlRequest['groupBy'],
  components?: readonly Component[],
): readonly GroupSums[] => rows.map((row) => ({ group: groupOf(row, groupBy), sums: decodeSums(row, components) }));

const groupOf = (row: SumsRow | BinaryRow, groupBy: SpendSqlRequest['groupBy']): GroupSums['group'] =>
  groupBy.map((_, index) => String(row[groupColumn(index)]));

/** What several tables say of one group and bucket, added up digit by digit. */
function mergeRows(rows: readonly SumsRow[], request: SpendSqlRequest): readonly SumsRow[] {
  if (request.segments.length === 1) return rows;
  const keys = [BUCKET_COLUMN, ...request.groupBy.map((_, index) => groupColumn(index))];
  const columns = summedBy(request).map(columnOf);
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
export const wholeGroups = (series: readonly GroupSeries[], request: SpendSqlRequest): readonly GroupSums[] =>
  series.map(({ group, buckets }) => ({
    group,
    sums: wholeSums(
      buckets.filter((sums) => sums !== undefined),
      request,
    ),
  }));

export const wholeSums = (all: readonly Sums[], request: SpendSqlRequest): Sums => addSums(all, summedBy(request));

/** One text for the values of a group. */
export const keyOf = (group: readonly string[]) => (group.length === 1 ? String(group[0]) : JSON.stringify(group));

/** Groups that spent something, in the order that is asked for: what is unknown comes last either way, what is equal by name. */
export function ranked(groups: readonly GroupSums[], request: SpendSqlRequest): readonly GroupSums[] {
  const { rank, value } = measureOf(request.orderBy);
  const components = summedBy(request);
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
