import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { rangeOf, rangeParameters, refuseEmptyRange } from '../../parameters.ts';
import { orProblem } from '../../problem.ts';
import type { QueryApiDeps } from '../../query-api.ts';

/** Something worth a mark on every chart: an alert, an anomaly, a new price. */
export interface Annotation {
  readonly timeMs: number;
  /** Absent: a moment. */
  readonly endMs?: number | undefined;
  readonly title: string;
  readonly text: string;
  readonly tags: readonly string[];
}

const answer = z.object({
  rows: z.array(z.object({ time: z.int(), time_end: z.int(), title: z.string(), text: z.string(), tags: z.string() })),
});

export const annotationRoutes: FastifyPluginAsyncZod<QueryApiDeps> = async (app, { annotations }) => {
  app.get(
    '/v1/grafana/annotations',
    {
      config: { scope: 'query' },
      schema: {
        summary: 'Alerts and anomalies as marks on a chart',
        tags: ['grafana'],
        querystring: z.strictObject(rangeParameters).superRefine(refuseEmptyRange),
        response: { 200: answer, ...orProblem },
      },
    },
    async ({ query, tenant }) => {
      const found = (await annotations?.(tenant, rangeOf(query))) ?? [];
      return { rows: found.toSorted((a, b) => a.timeMs - b.timeMs).map(toRow) };
    },
  );
};

function toRow({ timeMs, endMs, title, text, tags }: Annotation) {
  return { time: timeMs, time_end: endMs ?? timeMs, title, text, tags: tags.join(',') };
}
