import type { PicoUsd } from '@tokenledger/model';
import { toMoney } from '../stored-call.ts';
import { costQuantile, costRatio, decodeCostHistogram, tailIndex, type CostHistogram } from './cost-histogram.ts';
import type { Filters } from './dimension-sql.ts';
import { READ_SETTINGS } from './limits.ts';
import { byCostThenGroup, namesOf, namesSql } from './apart-names.ts';
import { ID, idText, type Id } from './group-id.ts';
import { rolledSql, withIds } from './rolled.ts';
import type { RunQuery } from './run-query.ts';
import type { Sql } from './spend-sql.ts';

/** What counts as the same prompt: the same request, the same template, or the same name. */
export const PROMPT_KEYS = ['prompt_fingerprint', 'prompt_template_fingerprint', 'prompt_name'] as const;
export type PromptKey = (typeof PROMPT_KEYS)[number];

export const PROMPT_ORDERS = ['cost', 'spread', 'calls'] as const;

export interface PromptsQuery {
  readonly from: number;
  readonly to: number;
  readonly by: PromptKey;
  readonly filters?: Filters;
  readonly orderBy?: (typeof PROMPT_ORDERS)[number];
  readonly limit: number;
}

/** What one prompt cost on one model, call by call. Only priced calls are in it; amounts but `cost` are known to 4.5 %. */
export interface PromptSpread {
  readonly prompt: string;
  readonly promptName: string;
  readonly feature: string;
  readonly model: string;
  readonly calls: number;
  readonly cost: PicoUsd;
  readonly outputTokens: number;
  readonly reasoningTokens: number;
  readonly median: PicoUsd | null;
  readonly p95: PicoUsd | null;
  /** Standard deviation / mean. */
  readonly variation: number | null;
  readonly maxToMin: number | null;
  readonly tailIndex: number | null;
}

const SPREAD = ['calls', 'unpriced_calls', 'priced_cost', 'cost_squares'] as const;
const PRICED = '(calls - unpriced_calls)';
const MEAN = `(toFloat64(priced_cost) / ${PRICED})`;
/** Squares are of nano-USD. */
const VARIANCE = `greatest(0, (toFloat64(cost_squares) / 1e18 / ${PRICED} - ${MEAN} * ${MEAN}) * ${PRICED} / (${PRICED} - 1))`;

const ORDER = {
  cost: 'priced_cost DESC',
  calls: 'calls DESC',
  spread: 'variation DESC',
} as const satisfies Record<(typeof PROMPT_ORDERS)[number], string>;

/** Only where a request itself matters are there as many rows as requests. */
const subjectOf = (by: PromptKey | undefined, filters: Filters) =>
  by === 'prompt_fingerprint' || filters.prompt_fingerprint !== undefined ? 'prompts' : 'templates';
const keysOf = (by: PromptKey) => [...new Set([by, 'prompt_name', 'feature', 'model'])];

/** Prompts that were sent twice or more, in order: found by their numbers alone, because there may be millions. */
export function promptsSql({ from, to, by, filters = {}, orderBy = 'cost', limit }: PromptsQuery, nowMs: number): Sql {
  const about = subjectOf(by, filters);
  const { sql, params } = rolledSql({ about, from, to, nowMs, keys: keysOf(by), sums: SPREAD, filters, said: by, byNumbers: true });
  return {
    sql: `SELECT *, if(priced_cost = 0, 0, sqrt(${VARIANCE}) / ${MEAN}) AS variation
FROM (\n${sql}\n)
WHERE ${PRICED} > 1
ORDER BY ${ORDER[orderBy]}, ${ID.join(', ')}
LIMIT {limit:UInt32}
${READ_SETTINGS}`,
    params: { ...params, limit },
  };
}

/** Their names, tokens and histograms. */
export function promptDetailsSql({ from, to, by, filters = {} }: PromptsQuery, found: readonly Id[], nowMs: number): Sql {
  const keys = keysOf(by);
  const sums = ['calls', 'output_text', 'reasoning', 'cost_histogram'];
  const about = subjectOf(by, filters);
  const { sql, params } = rolledSql({ about, from, to, nowMs, keys, sums, filters, ids: found });
  return { sql: `SELECT *, ${withIds(about, keys).join(', ')}\nFROM (\n${sql}\n)\n${READ_SETTINGS}`, params };
}

interface PromptRow extends Id {
  readonly calls: string;
  readonly unpriced_calls: string;
  readonly priced_cost: string;
  readonly variation: number;
}

interface PromptDetailRow extends Id {
  readonly prompt_fingerprint?: string;
  readonly prompt_template_fingerprint?: string;
  readonly prompt_name: string;
  readonly feature: string;
  readonly model: string;
  readonly output_text: string;
  readonly reasoning: string;
  readonly cost_histogram: Readonly<Record<string, string>>;
}

export async function readPrompts(run: RunQuery, query: PromptsQuery, nowMs: number): Promise<readonly PromptSpread[]> {
  const { sql, params } = promptsSql(query, nowMs);
  const rows = await run<PromptRow>(sql, params);
  if (rows.length === 0) return [];
  const details = promptDetailsSql(query, rows, nowMs);
  const detailOf = new Map((await run<PromptDetailRow>(details.sql, details.params)).map((row) => [idText(row), row]));
  return rows.flatMap((row) => {
    const detail = detailOf.get(idText(row));
    return detail ? [toSpread(row, detail, query.by)] : [];
  });
}

function toSpread(row: PromptRow, detail: PromptDetailRow, by: PromptKey): PromptSpread {
  const histogram = decodeCostHistogram(detail.cost_histogram);
  const cost = toMoney(row.priced_cost);
  const reasoning = Number(detail.reasoning);
  return {
    prompt: detail[by] ?? '',
    promptName: detail.prompt_name,
    feature: detail.feature,
    model: detail.model,
    calls: Number(row.calls) - Number(row.unpriced_calls),
    cost,
    outputTokens: Number(detail.output_text) + reasoning,
    reasoningTokens: reasoning,
    median: costQuantile(histogram, 0.5),
    p95: costQuantile(histogram, 0.95),
    variation: cost === 0n ? null : row.variation,
    maxToMin: costRatio(histogram),
    tailIndex: tailIndex(histogram),
  };
}

/** How much of the spread of cost is within prompts: what nobody can explain by what was asked. */
export interface PromptVariance {
  readonly group: string | undefined;
  readonly prompts: number;
  readonly repeatedPrompts: number;
  /** Calls of prompts sent twice or more. */
  readonly calls: number;
  readonly cost: PicoUsd;
  /** Within / total variance, of those calls; `null` where they all cost the same. */
  readonly withinShare: number | null;
}

const VARIANCE_GROUPS = ['feature', 'model', 'team'] as const;
export type VarianceGroup = (typeof VARIANCE_GROUPS)[number];
export const isVarianceGroup = (name: string): name is VarianceGroup => (VARIANCE_GROUPS as readonly string[]).includes(name);

export interface VarianceQuery extends Pick<PromptsQuery, 'from' | 'to' | 'by' | 'filters'> {
  readonly groupBy?: VarianceGroup | undefined;
}

/** Law of total variance: Var(cost) = E[Var(cost | prompt)] + Var(E[cost | prompt]). A prompt on two models is two prompts. */
export function varianceSql({ from, to, by, filters = {}, groupBy }: VarianceQuery, nowMs: number): Sql {
  const about = subjectOf(by, filters);
  const keys = [...new Set([by, 'model'])];
  const { sql, params } = rolledSql({ about, from, to, nowMs, keys, sums: SPREAD, filters, said: by, byNumbers: true, apart: groupBy });
  const repeated = `${PRICED} > 1`;
  const [n, s, q] = [PRICED, 'toFloat64(priced_cost)', '(toFloat64(cost_squares) / 1e18)'];
  return {
    sql: `SELECT ${groupBy ? 'apart, ' : ''}count() AS prompts, countIf(${repeated}) AS repeated, sumIf(${n}, ${repeated}) AS repeated_calls,
  sumIf(priced_cost, ${repeated}) AS repeated_cost, sumIf(greatest(0, ${q} - ${s} * ${s} / ${n}), ${repeated}) AS within_squares,
  sumIf(${q}, ${repeated}) - pow(sumIf(${s}, ${repeated}), 2) / sumIf(${n}, ${repeated}) AS all_squares
FROM (\n${sql}\n)
WHERE ${PRICED} > 0
${groupBy ? 'GROUP BY apart\nORDER BY repeated_cost DESC, apart\nLIMIT 100\n' : ''}${READ_SETTINGS}`,
    params,
  };
}

interface VarianceRow {
  readonly apart?: string;
  readonly prompts: string;
  readonly repeated: string;
  readonly repeated_calls: string;
  readonly repeated_cost: string;
  readonly within_squares: number | string;
  readonly all_squares: number | string;
}

export async function readPromptVariance(run: RunQuery, query: VarianceQuery, nowMs: number): Promise<readonly PromptVariance[]> {
  const { groupBy, filters = {}, ...range } = query;
  const { sql, params } = varianceSql(query, nowMs);
  // Templates are few rows, and every prompt is among them.
  const names = groupBy && namesSql({ ...range, about: subjectOf(undefined, filters), key: groupBy, filters, nowMs });
  const [rows, nameOf] = await Promise.all([run<VarianceRow>(sql, params), namesOf(run, names)]);
  const groups = rows.map((row): PromptVariance => {
    const share = Number(row.within_squares) / Number(row.all_squares);
    return {
      group: row.apart && nameOf.get(row.apart),
      prompts: Number(row.prompts),
      repeatedPrompts: Number(row.repeated),
      calls: Number(row.repeated_calls),
      cost: toMoney(row.repeated_cost),
      withinShare: Number.isFinite(share) ? Math.min(1, Math.max(0, share)) : null,
    };
  });
  return groups.toSorted(byCostThenGroup);
}

/** How often the selected calls cost how much. */
export async function readCostHistogram(
  run: RunQuery,
  { from, to, filters = {} }: Pick<PromptsQuery, 'from' | 'to' | 'filters'>,
  nowMs: number,
): Promise<CostHistogram> {
  const about = subjectOf(undefined, filters);
  const { sql, params } = rolledSql({ about, from, to, nowMs, keys: [], sums: ['cost_histogram'], filters });
  const [row] = await run<Pick<PromptDetailRow, 'cost_histogram'>>(`${sql}\n${READ_SETTINGS}`, params);
  return decodeCostHistogram(row?.cost_histogram);
}
