import type { TenantReader } from '@tokenledger/ledger';
import { type BudgetRule, type Outlook, readOutlooks } from './conditions/budget-outlook.ts';
import type { Window } from './conditions/series.ts';
import { toFloat } from './conditions/series.ts';
import { learn } from './detector/baseline.ts';
import { DEFAULT_SENSITIVITY } from './detector/defaults.ts';
import { bandAt } from './detector/detect.ts';
import { ruleSchema } from './rule.ts';

const HOUR_MS = 3_600_000;
const LEARNED_MS = 28 * 24 * HOUR_MS;
/** A range longer than this is drawn too coarsely to compare hours. */
const LONGEST_MS = 62 * 24 * HOUR_MS;

const everything = ruleSchema.parse({ name: 'all', measure: 'cost', condition: { kind: 'budget', amount_usd: '0', period: 'month' } });

/** All spend, to the end of the month. `undefined` before the first call. */
export async function readForecast(reader: TenantReader, now: number): Promise<Outlook | undefined> {
  const [outlook] = await readOutlooks(everything as BudgetRule, reader, now);
  return outlook;
}

export interface Expectation {
  readonly timeMs: number;
  readonly actualUsd: number;
  readonly expectedUsd?: number;
  /** A sudden anomaly begins above it. */
  readonly upperUsd?: number;
}

/** Spend by the hour beside what the detector, which has learned from the four weeks before the end of the range, holds for normal. */
export async function readExpectation(reader: TenantReader, range: Window): Promise<readonly Expectation[]> {
  const to = Math.floor(range.to / HOUR_MS) * HOUR_MS;
  const from = Math.max(Math.floor(range.from / HOUR_MS) * HOUR_MS, to - LONGEST_MS);
  if (from >= to) return [];
  const startMs = Math.min(from, to - LEARNED_MS);
  const { rows } = await reader.spend({ from: startMs, to, interval: 'hour', measures: ['cost', 'calls'] });
  const cost = rows.map(({ measures }) => toFloat(measures['cost'] ?? null));
  const calls = rows.map(({ measures }) => Number(measures['calls'] ?? 0));
  const baseline = learn({ startMs, stepMs: HOUR_MS, calls, cost });
  return rows.flatMap(({ timeMs = 0 }, index) => {
    if (timeMs < from) return [];
    const actual = { timeMs, actualUsd: cost[index] ?? 0 };
    if (!baseline || timeMs < baseline.startMs) return [actual];
    const { expected, upper } = bandAt(baseline, timeMs, DEFAULT_SENSITIVITY);
    return [{ ...actual, expectedUsd: expected, upperUsd: upper }];
  });
}
