import { type Rule, ruleSchema } from './rule.ts';

/** Ship and are on: what nobody should have to think of first. A rule of the same name in the rules file replaces one of these. */
export const DEFAULT_RULES: readonly Rule[] = [
  {
    name: 'unpriced-calls',
    description: 'Calls without a price are not in the spend. Add the model to the price book or map its deployment.',
    measure: 'unpriced_share',
    window: '1h',
    condition: { kind: 'threshold' as const, above: 0.05 },
    for: '10m',
    min_calls: 20,
  },
  {
    name: 'failing-calls',
    description: 'More than a fifth of the requests to a model fail.',
    measure: 'error_rate',
    group_by: ['provider' as const, 'model' as const],
    window: '15m',
    condition: { kind: 'threshold' as const, above: 0.2, resolve_below: 0.1 },
    for: '5m',
    min_calls: 50,
  },
  {
    name: 'spend-anomaly',
    description: 'Spend of a team is far above what the hour of the week, its growth and its noise explain.',
    measure: 'cost',
    group_by: ['team' as const],
    window: '30m',
    condition: { kind: 'anomaly' as const },
    keep_firing_for: '30m',
  },
].map((rule) => ruleSchema.parse(rule));
