import { formatUsd } from '@tokenledger/model';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { Outlook } from '../conditions/budget-outlook.ts';
import { toFloat } from '../conditions/series.ts';
import type { AlertRoutesOptions } from './options.ts';
import { labelsSchema, toTime } from './range.ts';

const budget = z
  .object({
    rule: z.string(),
    labels: labelsSchema.describe('the scope: a value for each dimension that the rule groups by'),
    period: z.enum(['day', 'week', 'month']),
    timezone: z.string().describe('by whose clocks the period begins and ends'),
    period_start: z.string(),
    period_end: z.string(),
    amount_usd: z.string(),
    spent_usd: z.string().nullable(),
    spent_share: z.number().nullable().describe('of the amount; null of an amount of nothing'),
    pace_share: z.number().describe("of a usual period's spend that falls before now, by the hours of the week"),
    burn_rate: z.number().nullable().describe('spent_share / pace_share: above 1 the amount will not do'),
    state: z.enum(['ok', 'burning', 'exhausted']),
    forecast_usd: z.number().describe('expected at the end of the period; an estimate, so no exact amount'),
    forecast_low_usd: z
      .number()
      .nullable()
      .describe('in nine of ten cases it is between low and high; null with less than six weeks of history'),
    forecast_high_usd: z.number().nullable(),
    chance_exceeded: z.number().nullable(),
    exhausted_at: z
      .string()
      .nullable()
      .describe('when the amount was used up, by the hour; or when it will be, if the forecast is right; null: not in this period'),
  })
  .meta({ id: 'Budget' });

export const budgetRoutes: FastifyPluginAsyncZod<AlertRoutesOptions> = async (app, { alerts }) => {
  app.get(
    '/v1/budgets',
    {
      config: { scope: 'query' },
      schema: {
        summary: 'Where every budget stands and where it will end',
        description: 'A budget is a rule with a condition of kind budget, burn_rate or forecast.',
        tags: ['alerts'],
        response: { 200: z.object({ rows: z.array(budget) }) },
      },
    },
    async ({ tenant }) => {
      const found = await alerts.forTenant(tenant).budgets();
      return {
        rows: found.flatMap(({ rule: { name, condition }, outlooks }) =>
          outlooks.map((outlook) => ({
            rule: name,
            period: condition.period,
            timezone: condition.timezone,
            amount_usd: condition.amount_usd,
            ...toJson(outlook, Number(condition.amount_usd)),
          })),
        ),
      };
    },
  );
};

function toJson({ labels, period, spent, state, paceShare, forecastUsd, intervalUsd, chance, exhaustedMs }: Outlook, amount: number) {
  const [low, high] = intervalUsd ?? [null, null];
  const share = typeof spent === 'bigint' && amount > 0 ? toFloat(spent) / amount : null;
  const burn = share === null ? null : share / Math.max(paceShare, 1e-6);
  return {
    labels: { ...labels },
    period_start: toTime(period.from),
    period_end: toTime(period.to),
    spent_usd: typeof spent === 'bigint' ? formatUsd(spent) : null,
    spent_share: share,
    pace_share: paceShare,
    burn_rate: burn,
    state,
    forecast_usd: forecastUsd,
    forecast_low_usd: low,
    forecast_high_usd: high,
    chance_exceeded: chance ?? null,
    exhausted_at: exhaustedMs === undefined ? null : toTime(exhaustedMs),
  };
}
