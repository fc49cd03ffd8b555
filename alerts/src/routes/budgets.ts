import { formatUsd } from '@tokenledger/model';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { Outlook } from '../conditions/budget-outlook.ts';
import type { AlertRoutesOptions } from './alert-routes.ts';
import { labelsSchema, toTime } from './range.ts';

const budget = z
  .object({
    rule: z.string(),
    labels: labelsSchema.describe('the scope: a value for each dimension that the rule groups by'),
    period: z.enum(['day', 'week', 'month']),
    period_start: z.string(),
    period_end: z.string(),
    amount_usd: z.string(),
    spent_usd: z.string().nullable(),
    forecast_usd: z.number().describe('expected at the end of the period; an estimate, so no exact amount'),
    forecast_low_usd: z
      .number()
      .nullable()
      .describe('in nine of ten cases it is between low and high; null with less than six weeks of history'),
    forecast_high_usd: z.number().nullable(),
    chance_exceeded: z.number().nullable(),
    exhausted_at: z.string().nullable().describe('when the amount is used up, if the forecast is right; null: not in this period'),
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
          outlooks.map((outlook) => ({ rule: name, period: condition.period, amount_usd: condition.amount_usd, ...toJson(outlook) })),
        ),
      };
    },
  );
};

function toJson({ labels, period, spent, forecastUsd, intervalUsd, chance, exhaustedMs }: Outlook) {
  const [low, high] = intervalUsd ?? [null, null];
  return {
    labels: { ...labels },
    period_start: toTime(period.from),
    period_end: toTime(period.to),
    spent_usd: typeof spent === 'bigint' ? formatUsd(spent) : null,
    forecast_usd: forecastUsd,
    forecast_low_usd: low,
    forecast_high_usd: high,
    chance_exceeded: chance ?? null,
    exhausted_at: exhaustedMs === undefined ? null : toTime(exhaustedMs),
  };
}
