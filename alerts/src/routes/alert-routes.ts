import type { KeyScope, TenantId } from '@tokenledger/model';
import type { FastifyPluginAsync } from 'fastify';
import { activeRoutes } from './active.ts';
import { budgetRoutes } from './budgets.ts';
import type { AlertRoutesOptions } from './options.ts';
import { receiverRoutes } from './receivers.ts';
import { ruleRoutes } from './rules.ts';
import { silenceRoutes } from './silences.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    scope?: KeyScope | 'public';
  }
  interface FastifyRequest {
    /** Set from the API key by the server that these routes are registered with. */
    tenant: TenantId;
  }
}

/** Alerts, rules, budgets, silences and receivers over HTTP: reading needs a query key, changing an admin key. */
export const alertRoutes: FastifyPluginAsync<AlertRoutesOptions> = async (app, options) => {
  await app.register(activeRoutes, options);
  await app.register(ruleRoutes, options);
  await app.register(budgetRoutes, options);
  await app.register(silenceRoutes, options);
  await app.register(receiverRoutes, options);
};
