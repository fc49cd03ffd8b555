import type { IncomingMessage } from 'node:http';
import type { Answer } from './answer.ts';

/** How long a browser need not ask again, in seconds; none remembers it for longer. */
const MAX_AGE = '7200';

export interface Cors {
  /** What lets the page that asked read the answer; nothing for all others. */
  headers(request: IncomingMessage): readonly string[];
  /** The answer to a browser that asks whether a page may send; `undefined` when it may not, or nothing of the kind was asked. */
  preflight(request: IncomingMessage, method: string): Answer | undefined;
}

/**
 * Pages of these origins (`*`: of any) may send, with OpenTelemetry's exporters for browsers. Of no others: what those exporters send
 * is never sent without asking, so a page that happens to be open cannot put calls on the bill of a collector that asks for no key.
 */
export function createCors(origins: readonly string[]): Cors {
  const isAllowed = (origin: string | undefined): origin is string =>
    origin !== undefined && (origins.includes('*') || origins.includes(origin));
  const allow = (origin: string) => ['access-control-allow-origin', origin, 'vary', 'origin'];
  return {
    headers({ headers: { origin } }) {
      return isAllowed(origin) ? [...allow(origin), 'access-control-expose-headers', 'retry-after'] : [];
    },
    preflight({ method: asked, headers }, method) {
      const { origin } = headers;
      if (asked !== 'OPTIONS' || headers['access-control-request-method'] !== method || !isAllowed(origin)) return undefined;
      const named = headers['access-control-request-headers'];
      return {
        status: 204,
        headers: [
          ...allow(origin),
          'access-control-allow-methods',
          method,
          ...(named === undefined ? [] : ['access-control-allow-headers', named]),
          'access-control-max-age',
          MAX_AGE,
        ],
        body: '',
      };
    },
  };
}
