import type { SpendRow } from '@tokenledger/ledger';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import {
  countParameter,
  filterParameters,
  groupByParameter,
  measureParameter,
  rangeOf,
  rangeParameters,
  refuseEmptyRange,
} from '../../parameters.ts';
import { orProblem } from '../../problem.ts';
import type { QueryApiDeps } from '../../query-api-deps.ts';
import { toMeasureJson } from '../../spend-json.ts';
import { previousRange } from './compare.ts';
import { cellSchema, grafanaFiltersOf, seriesOf } from './grafana-rows.ts';

const query = z
  .strictObject({
    ...rangeParameters,
    group_by: groupByParameter,
    measure: measureParameter,
    limit: countParameter({ min: 1, max: 1000, fallback: 10 }),
    ...filterParameters,
  })
  .superRefine(refuseEmptyRange);

const answer = z.object({
  rows: z.array(
    z.object({ series: z.string(), value: cellSchema, previous: cellSchema, delta: cellSchema, change: z.number().nullable() }),
  ),
});

/** Groups beyond these spent too little in both ranges to have moved much. */
const MOST_GROUPS = 5000;

type Amount = bigint | number;

export const moverRoutes: FastifyPluginAsyncZod<QueryApiDeps> = async (app, { ledger }) => {
  app.get(
    '/v1/grafana/movers',
    {
      config: { scope: 'query' },
      schema: {
        summary: 'What changed most against the range of the same length before',
        description: 'Groups in the order of how much they rose or fell, new and vanished ones included.',
        tags: ['grafana'],
        querystring: query,
        response: { 200: answer, ...orProblem },
      },
    },
    async ({ query, tenant }) => {
      const reader = ledger.forTenant(tenant);
      const range = rangeOf(query);
      const measure = query.measure ?? 'cost';
      const asked = { groupBy: query.group_by ?? ['model'], measures: [measure], filters: grafanaFiltersOf(query), limit: MOST_GROUPS };
      const [now, before] = await Promise.all([reader.spend({ ...asked, ...range }), reader.spend({ ...asked, ...previousRange(range) })]);
      const values = (rows: readonly SpendRow[]) => new Map(rows.map((row) => [seriesOf(row), row.measures[measure] ?? null]));
      const [current, previous] = [values(now.rows), values(before.rows)];
      const moved = [...new Set([...current.keys(), ...previous.keys()])].flatMap((series) => {
        const [value, old] = [current.get(series) ?? null, previous.get(series) ?? null];
        return value === null && old === null ? [] : [{ series, value, previous: old, delta: minus(value, old) }];
      });
      return {
        rows: moved
          .toSorted((a, b) => Math.abs(Number(b.delta)) - Math.abs(Number(a.delta)) || (a.series < b.series ? -1 : 1))
          .slice(0, query.limit)
          .map(({ series, value, previous: old, delta }) => ({
            series,
            value: toMeasureJson(value),
            previous: toMeasureJson(old),
            delta: toMeasureJson(delta),
            change: old === null || Number(old) === 0 ? null : Number(delta) / Number(old),
          })),
      };
    },
  );
};

/** What was not there is nothing. */
function minus(a: Amount | null, b: Amount | null): Amount {
  if (typeof a === 'bigint' || typeof b === 'bigint') return BigInt(a ?? 0) - BigInt(b ?? 0);
  return (a ?? 0) - (b ?? 0);
}
