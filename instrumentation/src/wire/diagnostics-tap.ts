import diagnosticsChannel from 'node:diagnostics_channel';
import { matchEndpoint } from '../endpoints.ts';
import { guarded } from '../guard.ts';
import type { ObserveCall } from '../observe.ts';
import { Exchange } from './exchange.ts';

interface UndiciRequest {
  readonly origin?: string | URL;
  readonly method: string;
  readonly path: string;
  readonly headers: unknown;
}
interface Message {
  readonly request: UndiciRequest;
  readonly chunk: Uint8Array | string;
  readonly response: { readonly statusCode: number; readonly headers: readonly Buffer[] };
  readonly error: unknown;
}

/**
 * Follows every request that undici makes (global `fetch` included) through Node's diagnostics channels: the app's own
 * objects stay untouched. Source: undici docs/api/DiagnosticsChannel.md; body chunks are published since undici 7.15.
 */
export function tapDiagnostics(observe: ObserveCall): void {
  const exchanges = new WeakMap<UndiciRequest, Exchange>();
  const handlers: Readonly<Record<string, (message: Message) => void>> = {
    create({ request }) {
      const query = request.path.indexOf('?');
      const path = query === -1 ? request.path : request.path.slice(0, query);
      if (request.method !== 'POST' || !request.origin) return;
      const { hostname, port, protocol } = addressOf(request.origin);
      const match = matchEndpoint(request.method, hostname, path);
      if (!match) return;
      const server = { hostname, port: Number(port) || (protocol === 'http:' ? 80 : 443) };
      const onDone = observe();
      if (onDone) exchanges.set(request, new Exchange(match, server, onDone));
    },
    bodyChunkSent: ({ request, chunk }) => exchanges.get(request)?.requestChunk(chunk),
    bodySent: ({ request }) => exchanges.get(request)?.requestSent(),
    headers({ request, response }) {
      exchanges
        .get(request)
        ?.responseStarted(
          response.statusCode,
          header(response.headers, 'content-type') ?? '',
          header(response.headers, 'content-encoding'),
        );
    },
    bodyChunkReceived: ({ request, chunk }) =>
      exchanges.get(request)?.responseChunk(typeof chunk === 'string' ? Buffer.from(chunk) : chunk),
    trailers: ({ request }) => exchanges.get(request)?.end(),
    error: ({ request, error }) => exchanges.get(request)?.fail(error),
  };
  for (const [name, handler] of Object.entries(handlers)) {
    diagnosticsChannel.subscribe(
      `undici:request:${name}`,
      guarded((message: unknown) => handler(message as Message)),
    );
  }
}

function addressOf(origin: string | URL): URL {
  return typeof origin === 'string' ? new URL(origin) : origin;
}

/** Headers come as a flat list: name, value, name, value … */
function header(headers: readonly Buffer[], name: string): string | undefined {
  for (let index = 0; index + 1 < headers.length; index += 2) {
    const key = headers[index];
    if (key?.length === name.length && key.toString('latin1').toLowerCase() === name) return headers[index + 1]?.toString('latin1');
  }
  return undefined;
}
