import type { TenantReader } from '@tokenledger/ledger';
import { type BudgetRule, type Outlook, readOutlooks } from './conditions/budget-outlook.ts';
import type { Window } from './conditions/series.ts';
import { toFloat } from './conditions/series.ts';
import { learn } from './detector/baseline.ts';
import { DEFAULT_SENSITIVITY } from './detector/defaults.ts';
import { neededZ } from './detector/detect.ts';
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

/** Half of the least impact that rules ask for by default, as they learn with it. */
const CUSHION_USD = 2.5;

/** Spend by the hour beside what the detector, which has learned from the four weeks before the end of the range, holds for normal. */
export async function readExpectation(reader: TenantReader, range: Window): Promise<readonly Expectation[]> {
  const to = Math.floor(range.to / HOUR_MS) * HOUR_MS;
  const from = Math.max(Math.floor(range.from / HOUR_MS) * HOUR_MS, to - LONGEST_MS);
  if (from >= to) return [];
  const startMs = Math.min(from, to - LEARNED_MS);
  const { rows } = await reader.spend({ from: startMs, to, interval: 'hour', measures: ['cost'] });
  const values = rows.map(({ measures }) => toFloat(measures['cost'] ?? null));
  const baseline = learn({ startMs, stepMs: HOUR_MS, values }, CUSHION_USD);
  const scale = baseline?.scales[0];
  return rows.flatMap(({ timeMs = 0 }, index) => {
    if (timeMs < from) return [];
    const actual = { timeMs, actualUsd: values[index] ?? 0 };
    const expected = baseline?.expected[Math.round((timeMs - baseline.history.startMs) / HOUR_MS)];
    if (!scale || expected === undefined) return [actual];
    const center = Math.exp(scale.center);
    const factor = center * Math.exp(neededZ({ buckets: 1 }, DEFAULT_SENSITIVITY.z) * scale.sigma);
    return [{ ...actual, expectedUsd: expected * center, upperUsd: (expected + CUSHION_USD) * factor - CUSHION_USD }];
  });
}
