import type { FastifyInstance } from 'fastify';
import type { Books } from '../books.ts';

export interface Service {
  books(): Books;
  metrics(): Promise<string>;
  /** Why requests would be refused now, or `undefined`. */
  refusal(): Promise<string | undefined>;
}

/** What operators and load balancers ask. Readiness is the journal's: while it takes spans, ClickHouse may be away. */
export function registerServiceRoutes(app: FastifyInstance, service: Service): void {
  app.get('/healthz', async () => ({ status: 'ok' }));
  app.get('/readyz', async (_request, reply) => {
    const reason = await service.refusal();
    return reason === undefined ? { status: 'ready' } : reply.code(503).send({ status: 'not_ready', reason });
  });
  app.get('/metrics', async (_request, reply) => reply.type('text/plain; version=0.0.4; charset=utf-8').send(await service.metrics()));
  app.get('/v1/books', async () => service.books());
}
