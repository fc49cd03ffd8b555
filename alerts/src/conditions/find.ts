import type { Rule } from '../rule.ts';
import { findAnomaly } from './anomaly.ts';
import { findBudget } from './budget.ts';
import { findBurnRate } from './burn-rate.ts';
import type { Finding, Question, RuleWith } from './finding.ts';
import { findForecast } from './forecast.ts';
import { findNoData } from './no-data.ts';
import { findRateOfChange } from './rate-of-change.ts';
import { findThreshold } from './threshold.ts';

type Find<Kind extends Rule['condition']['kind']> = (rule: RuleWith<Kind>, question: Question) => Promise<readonly Finding[]>;

const FINDS: { readonly [Kind in Rule['condition']['kind']]: Find<Kind> } = {
  threshold: findThreshold,
  budget: findBudget,
  burn_rate: findBurnRate,
  forecast: findForecast,
  rate_of_change: findRateOfChange,
  anomaly: findAnomaly,
  no_data: findNoData,
};

/**
 * What a rule says of each of its series now.
 * @throws LedgerError when nothing can be known
 */
export function find(rule: Rule, question: Question): Promise<readonly Finding[]> {
  // The table pairs each kind with its function; TypeScript cannot follow the pair through an index.
  return (FINDS[rule.condition.kind] as Find<Rule['condition']['kind']>)(rule, question);
}
