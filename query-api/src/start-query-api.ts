import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { isLoopback } from './authenticate.ts';
import { buildJaegerApi, buildQueryApi } from './query-api.ts';
import type { QueryApiDeps } from './query-api-deps.ts';

export interface QueryApiOptions extends QueryApiDeps {
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  /** Port of the Jaeger routes; default any free one. */
  readonly jaegerPort?: number | undefined;
}

export interface QueryApi {
  readonly url: string;
  readonly jaegerUrl: string;
  /** Ends when the requests in flight are answered. */
  readonly stop: () => Promise<void>;
}

/**
 * @throws TypeError for an address beyond loopback without keys, and what `listen` throws, such as EADDRINUSE; nothing listens
 * then
 */
export async function startQueryApi({ host, port, jaegerPort = 0, ...deps }: QueryApiOptions): Promise<QueryApi> {
  if (deps.keys.empty && !isLoopback(host)) throw new TypeError(`without API keys the query API listens on loopback only, not on ${host}`);
  const [api, jaeger] = await Promise.all([buildQueryApi(deps), buildJaegerApi(deps)]);
  const stop = async () => {
    await Promise.all([api.close(), jaeger.close()]);
  };
  try {
    return { url: await listen(api, host, port), jaegerUrl: await listen(jaeger, host, jaegerPort), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function listen(app: FastifyInstance, host: string, port: number): Promise<string> {
  await app.listen({ host, port });
  const { address, family, port: taken } = app.server.address() as AddressInfo;
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${taken}`;
}
