import type { Books } from '../books.ts';
import type { Answer, Route, Routes } from './answer.ts';

export interface Service {
  books(): Books;
  metrics(): Promise<string>;
  /** Why requests would be refused now, or `undefined`. */
  refusal(): Promise<string | undefined>;
}

const JSON_HEADERS = ['content-type', 'application/json; charset=utf-8'];
const TEXT_HEADERS = ['content-type', 'text/plain; version=0.0.4; charset=utf-8'];

/** What operators and load balancers ask. Readiness is the journal's: while it takes spans, ClickHouse may be away. */
export function serviceRoutes(service: Service): Routes {
  return {
    '/healthz': get(async () => json(200, { status: 'ok' })),
    '/readyz': get(async () => {
      const reason = await service.refusal();
      return reason === undefined ? json(200, { status: 'ready' }) : json(503, { status: 'not_ready', reason });
    }),
    '/metrics': get(async () => ({ status: 200, headers: TEXT_HEADERS, body: await service.metrics() })),
    '/v1/books': get(async () => json(200, service.books())),
  };
}

const get = (answer: Route['answer']): Route => ({ method: 'GET', answer });
const json = (status: number, value: unknown): Answer => ({ status, headers: JSON_HEADERS, body: JSON.stringify(value) });
