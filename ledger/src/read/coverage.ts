import type { Dimension, PicoUsd } from '@tokenledger/model';
import { toMoney } from '../stored-call.ts';
import { signed } from './components.ts';
import { DIMENSION_SQL } from './dimension-sql.ts';
import { OF_TENANT, READ_SETTINGS, SCAN_SETTINGS } from './limits.ts';
import type { MeasureValue } from './measures.ts';
import { rolledSql } from './rolled.ts';
import type { RunQuery } from './run-query.ts';
import { planSegments } from './sources.ts';
import { timeSql, type Sql } from './spend-sql.ts';
import type { SpendQuery, SpendResult, SpendRow } from './spend.ts';

const WINDOW = `${OF_TENANT} AND time >= fromUnixTimestamp64Milli({from:Int64}, 'UTC') AND time < fromUnixTimestamp64Milli({to:Int64}, 'UTC')`;
/** Of each list only the heaviest lines are worth a look. */
const MOST_LINES = 100;

/** The dimensions that an app is asked to say, together where one rollup knows them. */
const ATTRIBUTION: readonly (readonly Dimension[])[] = [['service', 'environment', 'team', 'feature'], ['customer'], ['user']];

export interface Range {
  readonly from: number;
  readonly to: number;
}

/** Sums of what is known of calls, most calls first. */
export function qualitySql({ from, to }: Range, { keys, sums, where }: Quality, nowMs: number): Sql {
  const { sql, params } = rolledSql({ about: 'quality', from, to, nowMs, keys, sums, filters: {} });
  return {
    sql: `SELECT * FROM (\n${sql}\n)\nWHERE ${where}\nORDER BY ${[`${sums[0]} DESC`, ...keys].join(', ')}\nLIMIT ${MOST_LINES}\n${READ_SETTINGS}`,
    params,
  };
}

interface Quality {
  readonly keys: readonly string[];
  readonly sums: readonly string[];
  readonly where: string;
}

/** What is asked of it. */
export const QUALITY = {
  understood: { keys: [], sums: ['calls_without_usage', 'flagged_calls'], where: 'true' },
  unpriced: { keys: ['provider', 'model', 'unpriced_reason'], sums: ['unpriced_calls'], where: 'unpriced_calls > 0' },
  emitters: {
    keys: ['scope_name', 'scope_version', 'semantics_profile', 'semantics_confidence'],
    sums: ['calls', 'flagged_calls'],
    where: 'calls != 0',
  },
} as const satisfies Record<string, Quality>;

const OF_CORRECTED = `(trace_id, span_id) IN (SELECT trace_id, span_id FROM calls WHERE ${WINDOW} AND version > 0)`;

/** First entries that say "no". */
export const FIRST_NOT_BILLABLE_SQL = `SELECT not_billable_reason AS why, count() AS entries
FROM calls
WHERE ${WINDOW} AND NOT billable AND version = 0
GROUP BY why
${SCAN_SETTINGS}`;

/**
 * What corrections changed about that: a call is billable or not by its newest entry. Corrections are few, and only their calls are put
 * together; where there are none nothing but `version` is read.
 */
export const CORRECTED_NOT_BILLABLE_SQL = `SELECT why, sum(entries) AS entries
FROM (
  SELECT argMax(not_billable_reason, version) AS why, toInt64(NOT argMax(billable, version)) AS entries
  FROM calls
  WHERE ${WINDOW} AND version > 0
  GROUP BY trace_id, span_id
  UNION ALL
  SELECT not_billable_reason AS why, toInt64(-1) AS entries
  FROM calls
  WHERE ${WINDOW} AND NOT billable AND version = 0 AND ${OF_CORRECTED}
)
GROUP BY why
${SCAN_SETTINGS}`;

/** How much of what was seen is priced, attributed and understood. Calls are billable ones unless said otherwise. */
export interface Coverage {
  readonly calls: number;
  /** With those that failed without usage, which are no calls. */
  readonly requests: number;
  readonly errors: number;
  readonly unpricedCalls: number;
  readonly estimatedCalls: number;
  readonly callsWithoutUsage: number;
  /** Calls whose numbers contradicted each other or the emitter's profile. */
  readonly flaggedCalls: number;
  /** `null` where calls have no price and none has one. */
  readonly cost: PicoUsd | null;
  readonly byPriceStatus: readonly { readonly priceStatus: string; readonly calls: number; readonly cost: PicoUsd | null }[];
  readonly unpriced: readonly { readonly provider: string; readonly model: string; readonly reason: string; readonly calls: number }[];
  readonly attribution: readonly { readonly dimension: Dimension; readonly callsWithout: number; readonly costWithout: PicoUsd | null }[];
  readonly emitters: readonly {
    readonly scope: string;
    readonly version: string;
    readonly profile: string;
    readonly confidence: string;
    readonly calls: number;
    readonly flaggedCalls: number;
  }[];
  /** Spans that are not billed: another span is the same request, it failed, or a cache answered. */
  readonly notBillable: readonly { readonly reason: string; readonly spans: number }[];
}

type Row = Readonly<Record<string, string | undefined>>;
type Spend = (query: SpendQuery) => Promise<SpendResult>;

export async function readCoverage(run: RunQuery, spend: Spend, range: Range, nowMs: number): Promise<Coverage> {
  const [understood, statuses, { attribution }, unpriced, emitters, notBillable] = await Promise.all([
    readUnderstood(run, spend, range, nowMs),
    spend({ ...range, groupBy: ['price_status'], measures: ['calls', 'cost'] }),
    readAttribution(run, range, nowMs),
    readQuality(run, range, QUALITY.unpriced, nowMs),
    readEmitters(run, range, nowMs),
    readNotBillable(run, range),
  ]);
  const byPriceStatus = statuses.rows.map(({ dimensions, measures }) => ({
    priceStatus: dimensions.price_status ?? '',
    calls: Number(measures['calls']),
    cost: asMoney(measures['cost'] ?? null),
  }));
  return {
    ...understood,
    cost: totalOf(byPriceStatus.map(({ cost }) => cost)),
    byPriceStatus,
    attribution,
    unpriced: unpriced.map((row) => ({
      provider: text(row['provider']),
      model: text(row['model']),
      reason: text(row['unpriced_reason']),
      calls: count(row['unpriced_calls']),
    })),
    emitters,
    notBillable,
  };
}

export type Understood = Pick<
  Coverage,
  'calls' | 'requests' | 'errors' | 'unpricedCalls' | 'estimatedCalls' | 'callsWithoutUsage' | 'flaggedCalls'
>;

export async function readUnderstood(run: RunQuery, spend: Spend, range: Range, nowMs: number): Promise<Understood> {
  const [totals, [understood = {}]] = await Promise.all([
    spend({ ...range, measures: ['calls', 'requests', 'errors', 'unpriced_calls', 'estimated_calls'] }).then(firstSums),
    readQuality(run, range, QUALITY.understood, nowMs),
  ]);
  return {
    calls: Number(totals['calls']),
    requests: Number(totals['requests']),
    errors: Number(totals['errors']),
    unpricedCalls: Number(totals['unpriced_calls']),
    estimatedCalls: Number(totals['estimated_calls']),
    callsWithoutUsage: count(understood['calls_without_usage']),
    flaggedCalls: count(understood['flagged_calls']),
  };
}

/** `calls` are all of the range. */
export type Attribution = Pick<Coverage, 'calls' | 'attribution'>;

export async function readAttribution(run: RunQuery, range: Range, nowMs: number): Promise<Attribution> {
  const parts = await Promise.all(ATTRIBUTION.map((dimensions) => readUnsaid(run, range, dimensions, nowMs)));
  return { calls: Math.max(...parts.map(({ calls }) => calls)), attribution: parts.flatMap(({ attribution }) => attribution) };
}

export async function readEmitters(run: RunQuery, range: Range, nowMs: number): Promise<Coverage['emitters']> {
  const rows = await readQuality(run, range, QUALITY.emitters, nowMs);
  return rows.map((row) => ({
    scope: text(row['scope_name']),
    version: text(row['scope_version']),
    profile: text(row['semantics_profile']),
    confidence: text(row['semantics_confidence']),
    calls: count(row['calls']),
    flaggedCalls: count(row['flagged_calls']),
  }));
}

export async function readNotBillable(run: RunQuery, range: Range): Promise<Coverage['notBillable']> {
  const read = (sql: string) => run<Row>(sql, { ...range });
  return spansByReason((await Promise.all([read(FIRST_NOT_BILLABLE_SQL), read(CORRECTED_NOT_BILLABLE_SQL)])).flat());
}

function readQuality(run: RunQuery, range: Range, asked: Quality, nowMs: number): Promise<readonly Row[]> {
  const { sql, params } = qualitySql(range, asked, nowMs);
  return run<Row>(sql, params);
}

/** Most spans first. */
function spansByReason(rows: readonly Row[]): Coverage['notBillable'] {
  return [...Map.groupBy(rows, (row) => text(row['why']))]
    .map(([reason, of]) => ({ reason, spans: of.reduce((sum, row) => sum + count(row['entries']), 0) }))
    .filter(({ spans }) => spans > 0)
    .toSorted((a, b) => b.spans - a.spans || a.reason.localeCompare(b.reason));
}

/**
 * Calls and cost of which nobody said each of the dimensions. Of several also all calls; of one only the rows without it are read, because it may
 * have as many values as there are users.
 */
const SUMS = ['calls', 'unpriced_calls', 'cost'] as const;

export function unsaidSql({ from, to }: Range, dimensions: readonly Dimension[], nowMs: number): string {
  const segments = planSegments({ fromMs: from, toMs: to, stepMs: null, dimensions, components: SUMS, nowMs });
  const unsaid = (name: Dimension) => `${DIMENSION_SQL[name]} = ''`;
  const [only, ...others] = dimensions;
  const isAlone = only !== undefined && others.length === 0;
  const names = [...(isAlone ? [] : ['calls']), ...dimensions.flatMap((_, index) => SUMS.map((sum) => `${sum}_${index}`))];
  const parts = segments.map((segment) => {
    const { source, sign } = segment;
    const prefix = source.shape === 'entries' ? 'delta_' : '';
    const sumSql = (sum: (typeof SUMS)[number], name?: Dimension) =>
      signed(name === undefined || isAlone ? `sum(${prefix}${sum})` : `sumIf(${prefix}${sum}, ${unsaid(name)})`, sign, false);
    const sums = [...(isAlone ? [] : [sumSql('calls')]), ...dimensions.flatMap((name) => SUMS.map((sum) => sumSql(sum, name)))];
    // Named within, the sums would stand for the columns they are made of.
    const columns = sums.map((sql, index) => `${sql} AS unsaid_${names[index]}`);
    return `SELECT ${columns.join(', ')}\nFROM ${source.table}\nWHERE ${OF_TENANT} AND ${timeSql(segment)}${isAlone ? ` AND ${unsaid(only)}` : ''}`;
  });
  const merged = names.map((name) => `sum(parts.unsaid_${name}) AS ${name}`);
  return `SELECT ${merged.join(', ')}\nFROM (\n${parts.join('\nUNION ALL\n')}\n) AS parts\n${READ_SETTINGS}`;
}

async function readUnsaid(run: RunQuery, range: Range, dimensions: readonly Dimension[], nowMs: number): Promise<Attribution> {
  if (range.from >= range.to)
    return { calls: 0, attribution: dimensions.map((dimension) => ({ dimension, callsWithout: 0, costWithout: 0n })) };
  const [row = {}] = await run<Row>(unsaidSql(range, dimensions, nowMs), {});
  return {
    calls: count(row['calls']),
    attribution: dimensions.map((dimension, index) => {
      const callsWithout = count(row[`calls_${index}`]);
      const isUnknown = callsWithout > 0 && count(row[`unpriced_calls_${index}`]) >= callsWithout;
      return { dimension, callsWithout, costWithout: isUnknown ? null : toMoney(row[`cost_${index}`] ?? '0') };
    }),
  };
}

const totalOf = (costs: readonly (PicoUsd | null)[]) =>
  costs.length > 0 && costs.every((cost) => cost === null) ? null : costs.reduce<PicoUsd>((sum, cost) => sum + (cost ?? 0n), 0n);
const firstSums = ({ rows }: SpendResult): SpendRow['measures'] => rows[0]?.measures ?? {};
const asMoney = (value: MeasureValue) => (typeof value === 'bigint' ? value : null);
const count = (value: string | undefined) => Number(value ?? 0);
const text = (value: string | undefined) => value ?? '';
