import { createServer as createHttpServer, type IncomingMessage, type Server as HttpServer, type ServerResponse } from 'node:http';
import { CollectorError } from '../errors.ts';
import type { Admission } from './admission.ts';
import { type Answer, type Route, type Routes, sendAnswer } from './answer.ts';
import { createCors } from './cors.ts';
import { listenOn } from './listen-on.ts';
import { OTLP_PATHS, otlpRoutes } from './otlp-routes.ts';
import { pathOf } from './path-of.ts';
import { refuse } from './refuse.ts';
import { type Service, serviceRoutes } from './service-routes.ts';

const HEADERS_MS = 15_000;
/** What may be asked where a route takes the one. */
const METHODS: Readonly<Record<Route['method'], readonly string[]>> = { GET: ['GET', 'HEAD'], POST: ['POST'] };
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
  const cors = createCors(limits.corsOrigins);
  const servers: HttpServer[] = [];
  let closing = false;

  function handle(request: IncomingMessage, response: ServerResponse): void {
    answer(request, response, () => undefined);
  }

  /** Who waits to be invited learns of a refusal before it sends its body, and whether it then still sends it is not known. */
  function handleWaiting(request: IncomingMessage, response: ServerResponse): void {
    response.shouldKeepAlive = false;
    answer(request, response, () => {
      response.shouldKeepAlive = true;
      response.writeContinue();
    });
  }

  function answer(request: IncomingMessage, response: ServerResponse, invite: () => void): void {
    const began = performance.now();
    const { url = '', method = '' } = request;
    const path = Object.hasOwn(routes, url) ? url : pathOf(url);
    const route = Object.hasOwn(routes, path) ? routes[path] : undefined;
    const send = ({ status, headers, body }: Answer) => {
      // Otherwise a client that keeps its connection alive keeps the server alive too.
      if (closing) response.shouldKeepAlive = false;
      sendAnswer(response, { status, headers: [...headers, ...cors.headers(request)], body });
      route?.answered?.(status, (performance.now() - began) / 1000);
    };
    const sendRefusal = (error: unknown) => send(refuse(error, request, options));
    if (!route) return sendRefusal(wrongRoute(method, path));
    const allowed = METHODS[route.method];
    if (allowed.includes(method)) return void route.answer(request, invite).then(send, sendRefusal);
    const preflight = cors.preflight(request, route.method);
    if (preflight) return sendAnswer(response, preflight);
    const refusal = refuse(wrongMethod(path, allowed, method), request, options);
    send({ ...refusal, headers: [...refusal.headers, 'allow', allowed.join(', ')] });
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
    server.on('checkContinue', handleWaiting);
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

function wrongMethod(path: string, allowed: readonly string[], method: string): CollectorError {
  return new CollectorError('wrong_method', `${path} takes ${allowed.join(' and ')}, not ${method}`);
}

function wrongRoute(method: string, path: string): CollectorError {
  return new CollectorError(
    'wrong_route',
    `there is no ${method} ${path.slice(0, 200)}; OTLP is received by POST at ${OTLP_PATHS.join(', ')}`,
  );
}
