import { fastify } from 'fastify';
import { CollectorError } from '../errors.ts';
import { type Admission, OTLP_SIGNALS } from './admission.ts';
import { registerOtlpRoutes } from './otlp-routes.ts';
import { refuse } from './refuse.ts';
import { registerServiceRoutes, type Service } from './service-routes.ts';

const HEADERS_MS = 15_000;
/** Node looks for requests that are overdue this often; its own 30 seconds let a slow sender hold a connection half as long again. */
const TIMEOUT_CHECK_MS = 5000;

export interface ServerOptions extends Admission {
  readonly service: Service;
}

export interface Server {
  /** Begins to listen; resolves to the address. */
  listen(host: string, port: number): Promise<string>;
  /** Lets requests that have begun finish, for a while. */
  close(): Promise<void>;
}

export function createServer(options: ServerOptions): Server {
  const { limits } = options;
  let closing = false;
  const app = fastify({
    requestTimeout: limits.requestMs,
    keepAliveTimeout: limits.keepAliveMs,
    http: {
      headersTimeout: Math.min(limits.requestMs, HEADERS_MS),
      connectionsCheckingInterval: Math.min(limits.requestMs, TIMEOUT_CHECK_MS),
    },
    forceCloseConnections: 'idle',
    // A request on an open connection is served until the end: a 503 of Fastify's own would lack Retry-After.
    return503OnClosing: false,
  });
  app.addHook('onResponse', async (request, reply) => {
    const signal = OTLP_SIGNALS.find((name) => request.routeOptions.url === `/v1/${name}`);
    if (signal) options.answered(signal, reply.statusCode, reply.elapsedTime / 1000);
  });
  // Otherwise a client that keeps its connection alive keeps the server alive too.
  app.addHook('onSend', async (_request, reply) => {
    if (closing) reply.header('connection', 'close');
  });
  void app.register(async (scope) => registerOtlpRoutes(scope, options));
  void app.register(async (scope) => registerServiceRoutes(scope, options.service));
  app.setNotFoundHandler((request, reply) => refuse(notFound(request.method, request.url), request, reply, options));
  return {
    listen: (host, port) => app.listen({ host, port }),
    async close() {
      closing = true;
      const cutOff = setTimeout(() => app.server.closeAllConnections(), limits.stopRequestsMs);
      await app.close();
      clearTimeout(cutOff);
    },
  };
}

function notFound(method: string, url: string): CollectorError {
  const routes = OTLP_SIGNALS.map((signal) => `/v1/${signal}`);
  if (routes.includes(url)) return new CollectorError('wrong_method', `${url} takes POST, not ${method}`);
  return new CollectorError('wrong_route', `there is no ${method} ${url.slice(0, 200)}; OTLP is received by POST at ${routes.join(', ')}`);
}
