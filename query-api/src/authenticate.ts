import { isIP } from 'node:net';
import type { KeyRing, KeyScope, TenantId } from '@tokenledger/model';
import type { FastifyInstance } from 'fastify';
import { Problem } from './problem.ts';

/** Who may call a route: holders of a key with this scope, or anybody. */
type RouteScope = KeyScope | 'public';

declare module 'fastify' {
  interface FastifyContextConfig {
    scope?: RouteScope;
  }
  interface FastifyRequest {
    /** Whose rows the request may see. It comes from the API key and from nowhere else. */
    tenant: TenantId;
    keyId: string | undefined;
  }
}

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host === '[::1]' || (isIP(host) === 4 && host.startsWith('127.'));
}

/** A web page can make its own name point at this machine (DNS rebinding), but it cannot choose another `Host` header. */
const NOT_LOOPBACK = 'without API keys only requests to localhost are answered: create a key to use another name';

/**
 * One check for all routes, before anything else of a request is read. A route that does not say who may call it stops the
 * server from starting.
 */
export function authenticateAll(app: FastifyInstance, keys: KeyRing): void {
  app.decorateRequest('tenant', '');
  app.decorateRequest('keyId', undefined);
  app.addHook('onRoute', ({ url, config }) => {
    if (config?.scope === undefined) throw new TypeError(`route ${url} does not say which scope it needs`);
  });
  app.addHook('onRequest', async (request) => {
    const { scope } = request.routeOptions.config;
    if (request.is404 || scope === undefined || scope === 'public') return;
    if (keys.empty && !isLoopback(request.hostname)) throw new Problem('forbidden', NOT_LOOPBACK);
    const answer = keys.authenticate(request.headers.authorization, scope);
    if (!answer.ok) throw new Problem(answer.status === 401 ? 'unauthenticated' : 'forbidden', answer.message);
    request.tenant = answer.tenant;
    request.keyId = answer.keyId;
  });
}
