import { MEASURES } from '@tokenledger/ledger';
import { DIMENSION_VALUES, DIMENSIONS, type Dimension, parseUsd } from '@tokenledger/model';
import { z } from 'zod';
import { isTimezone } from './conditions/period.ts';
import { durationSchema, formatDuration } from './duration.ts';
import { namesIn, TEMPLATE_NAMES } from './template.ts';

const usd = z.string().refine((text) => parseUsd(text) !== undefined, 'is no amount of USD: a decimal such as "12.50", in quotes');
const quantity = z.union([z.number().finite(), usd]);
const values = z.union([z.string(), z.array(z.string()).min(1)]);

/** Fires while the measure over the window is on the wrong side of a bound; `resolve_*` makes it calm down only well inside. */
const threshold = z
  .strictObject({
    kind: z.literal('threshold'),
    above: quantity.optional(),
    below: quantity.optional(),
    resolve_above: quantity.optional(),
    resolve_below: quantity.optional(),
  })
  .refine(({ above, below }) => (above === undefined) !== (below === undefined), 'needs either above or below');

/** A calendar period, by the clocks of a time zone. */
const period = z.enum(['day', 'week', 'month']);
const timezone = z.string().refine(isTimezone, 'is no time zone: a name such as Europe/Berlin').default('UTC');

/** Fires when what was spent since the period began reaches a share of the amount. */
const budget = z.strictObject({
  kind: z.literal('budget'),
  /** `0`: the first cent is too much. */
  amount_usd: usd.refine((text) => !text.startsWith('-'), 'must not be negative'),
  period,
  timezone,
  share: z.number().positive().max(10).default(1),
});

const amountUsd = usd.refine((text) => Number(text) > 0, 'must be more than nothing');

/** Fires when the budget burns too fast over a long and a short window at once; spend is paced by its hour of the week. */
const burnRate = z.strictObject({
  kind: z.literal('burn_rate'),
  amount_usd: amountUsd,
  period,
  timezone,
  /** Less in the window is never an alert. */
  min_usd: usd.default('1'),
});

/** Fires when the amount will probably be reached before the period ends. */
const forecast = z.strictObject({
  kind: z.literal('forecast'),
  amount_usd: amountUsd,
  period,
  timezone,
  chance: z.number().gt(0).max(1).default(0.5),
});

/** Fires when the window has `ratio` times as much as the same hours a week before, and `min_change` more (USD for money). */
const rateOfChange = z.strictObject({ kind: z.literal('rate_of_change'), ratio: z.number().gt(1), min_change: quantity });

/** Fires when spend is far above what is normal for the series, neither by a new price nor by plain growth. */
const anomaly = z.strictObject({
  kind: z.literal('anomaly'),
  /** What it must cost beyond the expectation. */
  min_impact_usd: amountUsd.default('5'),
  z: z.number().positive().optional(),
});

/** Fires when who called within the last day does so no more. */
const noData = z.strictObject({ kind: z.literal('no_data') });

/** A filter that no call passes would keep its rule silent for ever. */
function refuseImpossible(filters: Partial<Record<Dimension, z.output<typeof values>>>, context: z.RefinementCtx): void {
  for (const name of DIMENSIONS) {
    const choices = DIMENSION_VALUES[name];
    const isPossible = [filters[name] ?? []].flat().every((value) => choices?.includes(value) ?? true);
    if (!isPossible) context.addIssue({ code: 'custom', path: [name], message: `must be one of ${choices?.join(', ') ?? ''}` });
  }
}

const NEEDS_COST: ReadonlySet<string> = new Set(['budget', 'burn_rate', 'forecast', 'anomaly']);
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/**
 * One rule watches every series that `group_by` yields. Times in durations; money in decimal strings, so that no threshold is a float.
 * The shape is the same in YAML and over HTTP.
 */
export const ruleSchema = z
  .strictObject({
    name: z.string().regex(/^[a-z0-9][a-z0-9_-]{0,99}$/, 'lower-case letters, digits, - and _'),
    description: z.string().max(1000).default(''),
    measure: z.string().refine((name) => MEASURES.has(name), 'is no measure'),
    group_by: z.array(z.enum(DIMENSIONS)).max(4).default([]),
    filters: z.partialRecord(z.enum(DIMENSIONS), values).superRefine(refuseImpossible).default({}),
    window: durationSchema.default(3_600_000),
    condition: z.discriminatedUnion('kind', [threshold, budget, burnRate, forecast, rateOfChange, anomaly, noData]),
    /** How long the condition must hold before it fires, and how long it must be over before it resolves. */
    for: durationSchema.default(0),
    keep_firing_for: durationSchema.default(0),
    /** A series with fewer calls in the window says nothing; for `errors` and `error_rate`, with fewer requests. */
    min_calls: z.number().int().nonnegative().default(0),
    /** Late spans are waited for: the window ends so long ago. */
    evaluation_delay: durationSchema.default(60_000),
    severity: z.enum(['info', 'warning', 'critical']).default('warning'),
    labels: z.record(z.string(), z.string().max(200)).default({}),
    /** What the alert says beside what it always says; `{{ team }}` or `{{ value }}` stand for its labels and facts, nothing else is interpreted. */
    annotations: z.record(z.string().regex(/^[a-z][a-z0-9_]{0,49}$/, 'lower-case letters, digits and _'), z.string().max(1000)).default({}),
    receivers: z.array(z.string()).default([]),
    enabled: z.boolean().default(true),
  })
  .superRefine(({ condition, measure, window, description, annotations, labels, group_by: groupBy }, context) => {
    const refuse = (path: string, message: string) => context.addIssue({ code: 'custom', path: [path], message });
    const known = [...groupBy, ...Object.keys(labels), ...TEMPLATE_NAMES];
    for (const [path, template] of Object.entries({ ...annotations, description })) {
      const unknown = namesIn(template).filter((name) => !known.includes(name));
      if (unknown.length > 0)
        refuse(path, `{{ ${unknown.join(', ')} }} is neither a label of the rule nor one of ${TEMPLATE_NAMES.join(', ')}`);
    }
    if (NEEDS_COST.has(condition.kind) && measure !== 'cost') refuse('measure', `must be cost for a condition of kind ${condition.kind}`);
    if (condition.kind === 'anomaly' && (DAY_MS % window !== 0 || window < MINUTE_MS * 15 || window > DAY_MS / 24))
      refuse('window', 'must be 15m, 20m, 30m or 1h for an anomaly');
  });
export type Rule = z.output<typeof ruleSchema>;
export type RuleInput = z.input<typeof ruleSchema>;
export type Condition = Rule['condition'];

/** As it is written in YAML and JSON. */
export function toRuleInput(rule: Rule): RuleInput {
  return {
    ...rule,
    window: formatDuration(rule.window),
    for: formatDuration(rule.for),
    keep_firing_for: formatDuration(rule.keep_firing_for),
    evaluation_delay: formatDuration(rule.evaluation_delay),
  };
}
