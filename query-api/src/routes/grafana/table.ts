import type { MeasureValue, SpendRow } from '@tokenledger/ledger';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import {
  choiceParameter,
  countParameter,
  filterParameters,
  groupByParameter,
  measureParameter,
  measuresParameter,
  rangeOf,
  rangeParameters,
  refuseEmptyRange,
} from '../../parameters.ts';
import { orProblem } from '../../problem.ts';
import type { QueryApiDeps } from '../../query-api-deps.ts';
import { compareCells, previousRange } from './compare.ts';
import { cellSchema, grafanaFiltersOf, toGrafanaCells } from './grafana-rows.ts';

const query = z
  .strictObject({
    ...rangeParameters,
    group_by: groupByParameter,
    measures: measuresParameter,
    order_by: measureParameter,
    order: choiceParameter(['desc', 'asc'], 'desc'),
    compare: choiceParameter(['none', 'previous'], 'none').describe(
      '`previous` adds <measure>_previous and <measure>_change against the range of the same length before',
    ),
    limit: countParameter({ min: 1, max: 10_000, fallback: 100 }),
    ...filterParameters,
  })
  .superRefine(refuseEmptyRange);

const answer = z.object({
  rows: z.array(
    z
      .object({
        share: z.number().nullable().describe('of the first measure, within the whole range and filters'),
        cumulative_share: z.number().nullable().describe('of this row and all above it: a Pareto curve'),
      })
      .catchall(cellSchema),
  ),
  meta: z.object({ truncated: z.boolean() }),
});

/** Enough to find every shown group in the range before; a group not among them was small. */
const MOST_PREVIOUS_GROUPS = 10_000;

export const tableRoutes: FastifyPluginAsyncZod<QueryApiDeps> = async (app, { ledger }) => {
  app.get(
    '/v1/grafana/table',
    {
      config: { scope: 'query' },
      schema: { summary: 'Measures per group', tags: ['grafana'], querystring: query, response: { 200: answer, ...orProblem } },
    },
    async ({ query, tenant }) => {
      const reader = ledger.forTenant(tenant);
      const range = rangeOf(query);
      const measures = query.measures ?? ['cost', 'calls'];
      const asked = { ...range, groupBy: query.group_by ?? [], measures, filters: grafanaFiltersOf(query) };
      const [{ rows, truncated, whole = null }, before] = await Promise.all([
        reader.spend({ ...asked, orderBy: query.order_by, direction: query.order, limit: query.limit, withWhole: true }),
        query.compare === 'none' ? undefined : reader.spend({ ...asked, ...previousRange(range), limit: MOST_PREVIOUS_GROUPS }),
      ]);
      const earlier = before && new Map(before.rows.map((row) => [groupKey(row), row.measures]));
      let above = 0;
      return {
        rows: rows.map((row) => {
          const share = shareOf(measures[0], row, whole);
          above += share ?? 0;
          return {
            ...toGrafanaCells(row),
            ...(earlier && compareCells(measures, row.measures, earlier.get(groupKey(row)))),
            share,
            cumulative_share: share === null ? null : above,
          };
        }),
        meta: { truncated },
      };
    },
  );
};

const groupKey = ({ dimensions }: SpendRow) => JSON.stringify(dimensions);

function shareOf(measure: string | undefined, row: SpendRow, total: MeasureValue): number | null {
  const part = row.measures[measure ?? ''] ?? null;
  return part === null || total === null || Number(total) === 0 ? null : Number(part) / Number(total);
}
