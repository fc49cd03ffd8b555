import { createServer as createHttpServer, type IncomingMessage, type Server as HttpServer, type ServerResponse } from 'node:http';
import { CollectorError } from '../errors.ts';
import type { Admission } from './admission.ts';
import { type Answer, type Routes, sendAnswer } from './answer.ts';
import { listenOn } from './listen-on.ts';
import { OTLP_PATHS, otlpRoutes } from './otlp-routes.ts';
import { refuse } from './refuse.ts';
import { type Service, serviceRoutes } from './service-routes.ts';

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

/**
 * OTLP/HTTP and what operators ask, by Node's own server: for a request of one span a framework took as long as everything that is done with
 * it, and its hooks were not used.
 */
export function createServer(options: ServerOptions): Server {
  const { limits } = options;
  const routes: Routes = { ...otlpRoutes(options), ...serviceRoutes(options.service) };
  const servers: HttpServer[] = [];
  let closing = false;

  function handle(request: IncomingMessage, response: ServerResponse): void {
    const began = performance.now();
    const path = pathOf(request.url ?? '');
    const route = Object.hasOwn(routes, path) ? routes[path] : undefined;
    const isAllowed = route !== undefined && (request.method === route.method || (request.method === 'HEAD' && route.method === 'GET'));
    const answer = isAllowed ? route.answer(request) : Promise.reject(notFound(request.method, path, route?.method));
    const send = (sent: Answer) => {
      // Otherwise a client that keeps its connection alive keeps the server alive too.
      if (closing) response.shouldKeepAlive = false;
      sendAnswer(response, sent);
      route?.answered?.(sent.status, (performance.now() - began) / 1000);
    };
    answer.then(send, (error: unknown) => send(refuse(error, request, options)));
  }

  function open(): HttpServer {
    const server = createHttpServer(
      {
        requestTimeout: limits.requestMs,
        keepAliveTimeout: limits.keepAliveMs,
        headersTimeout: Math.min(limits.requestMs, HEADERS_MS),
        connectionsCheckingInterval: Math.min(limits.requestMs, TIMEOUT_CHECK_MS),
      },
      handle,
    );
    servers.push(server);
    return server;
  }

  return {
    listen: async (host, port) => `http://${await listenOn(open, host, port)}`,
    async close() {
      closing = true;
      const cutOff = setTimeout(() => {
        for (const server of servers) server.closeAllConnections();
      }, limits.stopRequestsMs);
      await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
      clearTimeout(cutOff);
    },
  };
}

function pathOf(url: string): string {
  const end = url.indexOf('?');
  const path = end === -1 ? url : url.slice(0, end);
  if (!path.includes('%')) return path;
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

function notFound(method = '', path: string, takes: string | undefined): CollectorError {
  if (takes !== undefined) return new CollectorError('wrong_method', `${path} takes ${takes}, not ${method}`);
  return new CollectorError(
    'wrong_route',
    `there is no ${method} ${path.slice(0, 200)}; OTLP is received by POST at ${OTLP_PATHS.join(', ')}`,
  );
}
