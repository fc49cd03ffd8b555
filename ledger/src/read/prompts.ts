import type { PicoUsd } from '@tokenledger/model';
import { toMoney } from '../stored-call.ts';
import { costQuantile, costRatio, tailIndex, toCostHistogram, type CostHistogram } from './cost-histogram.ts';
import type { Filters } from './dimension-sql.ts';
import { HALVED_SETTINGS } from './limits.ts';
import { byCostThenGroup, type NamesOf } from './apart-names.ts';
import { ID, type Id } from './group-id.ts';
import { quantityOf, readGroupSums, type GroupSums } from './group-sums.ts';
import type { RolledQuery } from './rolled-query.ts';
import { rolledSql } from './rolled.ts';
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

/** How prompts are found: what is summed of all of them, and what is compared. Squares are of nano-USD. Of the spread it is the square. */
const ORDER = {
  cost: { sums: ['priced_calls', 'priced_cost'], sql: 'priced_cost' },
  calls: { sums: ['priced_calls'], sql: 'priced_calls' },
  spread: {
    sums: ['priced_calls', 'priced_cost', 'cost_squares'],
    sql: 'if(priced_cost = 0, 0, (toFloat64(cost_squares) / 1e18 * priced_calls / pow(toFloat64(priced_cost), 2) - 1) * priced_calls / (priced_calls - 1))',
  },
} as const satisfies Record<(typeof PROMPT_ORDERS)[number], { readonly sums: readonly string[]; readonly sql: string }>;

/** Only where a request itself matters are there as many rows as requests. */
const subjectOf = (by: PromptKey | undefined, filters: Filters) =>
  by === 'prompt_fingerprint' || filters.prompt_fingerprint !== undefined ? 'prompts' : 'templates';
const keysOf = (by: PromptKey) => [...new Set([by, 'prompt_name', 'feature', 'model'])];

/** Prompts that were sent twice or more, in order: found by their numbers alone, because there may be millions. */
export function promptsSql({ from, to, by, filters = {}, orderBy = 'cost', limit }: PromptsQuery, nowMs: number): Sql {
  const { sums, sql: value } = ORDER[orderBy];
  const { sql, params } = rolledSql({
    about: subjectOf(by, filters),
    from,
    to,
    nowMs,
    keys: keysOf(by),
    sums,
    filters,
    said: by,
    byNumbers: 1,
  });
  return {
    sql: `SELECT ${ID[0]}
FROM (\n${sql}\n)
WHERE priced_calls > 1
ORDER BY ${value} DESC, ${ID[0]}
LIMIT {limit:UInt32}
${HALVED_SETTINGS}`,
    params: { ...params, limit },
  };
}

/** All that is known of those that are shown. */
export const promptDetails = ({ from, to, by, filters = {} }: PromptsQuery, ids: readonly string[], nowMs: number): RolledQuery => ({
  about: subjectOf(by, filters),
  from,
  to,
  nowMs,
  keys: keysOf(by),
  sums: ['priced_calls', 'priced_cost', 'cost_squares', 'output_text', 'reasoning', 'cost_histogram'],
  filters,
  ids: { of: 'id_0', values: ids },
});

export async function readPrompts(run: RunQuery, query: PromptsQuery, nowMs: number): Promise<readonly PromptSpread[]> {
  const { sql, params } = promptsSql(query, nowMs);
  const found = (await run<Pick<Id, 'id_0'>>(sql, params)).map((row) => row[ID[0]]);
  if (found.length === 0) return [];
  const groups = await readGroupSums(run, promptDetails(query, found, nowMs));
  return groups
    .map((group) => toSpread(group, query.by))
    .toSorted((a, b) => BY[query.orderBy ?? 'cost'](b, a) || Buffer.compare(Buffer.from(a.prompt), Buffer.from(b.prompt)));
}

const BY = {
  cost: (a, b) => Number(a.cost - b.cost),
  calls: (a, b) => a.calls - b.calls,
  spread: (a, b) => (a.variation ?? 0) - (b.variation ?? 0),
} as const satisfies Record<(typeof PROMPT_ORDERS)[number], (a: PromptSpread, b: PromptSpread) => number>;

function toSpread({ keys, sums, maps }: GroupSums, by: PromptKey): PromptSpread {
  const histogram = toCostHistogram(maps['cost_histogram']);
  const { priced_calls: calls = 0n, priced_cost: cost = 0n, cost_squares: squares = 0n, output_text: output = 0n, reasoning = 0n } = sums;
  return {
    prompt: keys[by] ?? '',
    promptName: keys['prompt_name'] ?? '',
    feature: keys['feature'] ?? '',
    model: keys['model'] ?? '',
    calls: Number(calls),
    cost,
    outputTokens: quantityOf(output + reasoning),
    reasoningTokens: quantityOf(reasoning),
    median: costQuantile(histogram, 0.5),
    p95: costQuantile(histogram, 0.95),
    variation: cost === 0n ? null : variationOf(Number(calls), Number(cost) / 1e12, Number(squares) / 1e18),
    maxToMin: costRatio(histogram),
    tailIndex: tailIndex(histogram),
  };
}

function variationOf(calls: number, sum: number, squares: number): number {
  const mean = sum / calls;
  return Math.sqrt(Math.max(0, ((squares / calls - mean * mean) * calls) / (calls - 1))) / mean;
}

/** How much of the spread of cost is within prompts: what nobody can explain by what was asked. Of some prompts and of others it adds up. */
export interface PromptVariance {
  readonly prompts: number;
  readonly repeatedPrompts: number;
  /** Calls of prompts sent twice or more, and what they cost. */
  readonly calls: number;
  readonly cost: PicoUsd;
  /** Squares of USD: of what each of those calls costs more or less than its prompt does on average, and of what it costs. */
  readonly withinSquares: number;
  readonly squares: number;
}
export interface GroupVariance extends PromptVariance {
  readonly group: string | undefined;
}

/** Within / total variance; `null` where all calls cost the same. */
export function withinShare({ calls, cost, withinSquares, squares }: PromptVariance): number | null {
  const share = withinSquares / (squares - (Number(cost) / 1e12) ** 2 / calls);
  return Number.isFinite(share) ? Math.min(1, Math.max(0, share)) : null;
}

/** Of all prompts, by what is known of each model's: a prompt on two models is two prompts. */
export const wholeVariance = (models: readonly PromptVariance[]): PromptVariance => ({
  prompts: sumOf(models, 'prompts'),
  repeatedPrompts: sumOf(models, 'repeatedPrompts'),
  calls: sumOf(models, 'calls'),
  cost: models.reduce((sum, { cost }) => sum + cost, 0n),
  withinSquares: sumOf(models, 'withinSquares'),
  squares: sumOf(models, 'squares'),
});
const sumOf = (of: readonly PromptVariance[], name: Exclude<keyof PromptVariance, 'cost'>) => of.reduce((sum, each) => sum + each[name], 0);

const VARIANCE_GROUPS = ['feature', 'model', 'team'] as const;
export type VarianceGroup = (typeof VARIANCE_GROUPS)[number];
export const isVarianceGroup = (name: string): name is VarianceGroup => (VARIANCE_GROUPS as readonly string[]).includes(name);

export interface VarianceQuery extends Pick<PromptsQuery, 'from' | 'to' | 'by' | 'filters'> {
  readonly groupBy: VarianceGroup;
}

/** Law of total variance: Var(cost) = E[Var(cost | prompt)] + Var(E[cost | prompt]). A prompt on two models is two prompts. */
export function varianceSql({ from, to, by, filters = {}, groupBy }: VarianceQuery, nowMs: number): Sql {
  const about = subjectOf(by, filters);
  const keys = [...new Set([by, 'model'])];
  const sums = ORDER.spread.sums;
  const { sql, params } = rolledSql({ about, from, to, nowMs, keys, sums, filters, said: by, byNumbers: 2, apart: groupBy });
  const repeated = 'priced_calls > 1';
  const [n, s, q] = ['priced_calls', 'toFloat64(priced_cost)', '(toFloat64(cost_squares) / 1e18)'];
  return {
    sql: `SELECT apart, count() AS prompts, countIf(${repeated}) AS repeated, sumIf(${n}, ${repeated}) AS repeated_calls,
  sumIf(priced_cost, ${repeated}) AS repeated_cost, sumIf(greatest(0, ${q} - ${s} * ${s} / ${n}), ${repeated}) AS within_squares, sumIf(${q}, ${repeated}) AS squares
FROM (\n${sql}\n)
WHERE priced_calls > 0
GROUP BY apart
${HALVED_SETTINGS}`,
    params,
  };
}

interface VarianceRow {
  readonly apart: string;
  readonly prompts: string;
  readonly repeated: string;
  readonly repeated_calls: string;
  readonly repeated_cost: string;
  readonly within_squares: number;
  readonly squares: number;
}

export async function readPromptVariance(
  run: RunQuery,
  namesOf: NamesOf,
  query: VarianceQuery,
  nowMs: number,
): Promise<readonly GroupVariance[]> {
  const { groupBy, filters = {}, ...range } = query;
  const { sql, params } = varianceSql(query, nowMs);
  const rows = await run<VarianceRow>(sql, params);
  const numbers = rows.map(({ apart }) => apart);
  // Templates are few rows, and every prompt is among them.
  const names = await namesOf(numbers, { ...range, about: subjectOf(undefined, filters), key: groupBy, filters, nowMs });
  const groups = rows.map((row): GroupVariance => ({
    group: names.get(row.apart),
    prompts: Number(row.prompts),
    repeatedPrompts: Number(row.repeated),
    calls: Number(row.repeated_calls),
    cost: toMoney(row.repeated_cost),
    withinSquares: row.within_squares,
    squares: row.squares,
  }));
  return groups.toSorted(byCostThenGroup);
}

/** How often the selected calls cost how much. */
export async function readCostHistogram(
  run: RunQuery,
  { from, to, filters = {} }: Pick<PromptsQuery, 'from' | 'to' | 'filters'>,
  nowMs: number,
): Promise<CostHistogram> {
  const histogram = { about: subjectOf(undefined, filters), from, to, nowMs, keys: [], sums: ['cost_histogram'], filters } as const;
  const [group] = await readGroupSums(run, histogram);
  return toCostHistogram(group?.maps['cost_histogram']);
}
