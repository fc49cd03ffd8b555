import diagnosticsChannel from 'node:diagnostics_channel';
import { matchEndpoint } from '../endpoints.ts';
import { guarded } from '../guard.ts';
import type { HeaderReader } from '../observed-call.ts';
import { observeExchange } from '../observe.ts';
import type { Exchange } from './exchange.ts';
import { overhearBodies } from './overhear-bodies.ts';

interface UndiciRequest {
  readonly origin?: string | URL;
  /** The `Host` header, where one is given. */
  readonly host?: string | null;
  readonly method: string;
  readonly path: string;
  /** A flat list: name, value, name, value … */
  readonly headers: readonly string[] | string;
}
/** Over HTTP/2 undici 8 tells them as Node's `http2` does. */
type ResponseHeaders = readonly Buffer[] | Readonly<Record<string, string | readonly string[] | undefined>>;
interface Message {
  readonly request: UndiciRequest;
  readonly chunk: Uint8Array | string;
  readonly response: { readonly statusCode: number; readonly headers: ResponseHeaders };
  readonly error: unknown;
}

/**
 * Follows every request that undici makes (global `fetch` included) through Node's diagnostics channels: the app's own
 * objects stay untouched. Source: undici docs/api/DiagnosticsChannel.md.
 */
export function tapUndici(): void {
  // Not weak: entries that the garbage collector has to look after cost more than all else here, and undici tells every end.
  const exchanges = new Map<UndiciRequest, Exchange>();
  const handlers: Readonly<Record<string, (message: Message) => void>> = {
    create({ request }) {
      if (!request.origin) return;
      const match = matchEndpoint(request.method, addressed(request.origin, request.host), request.path);
      const exchange = match && observeExchange({ ...match, requestHeader: headerReader(request.headers) });
      if (!exchange) return;
      exchanges.set(request, exchange);
      overhearBodies(request, exchange);
    },
    bodyChunkSent: ({ request, chunk }) => exchanges.get(request)?.requestChunk(chunk),
    bodySent: ({ request }) => exchanges.get(request)?.requestSent(),
    headers: ({ request, response }) => exchanges.get(request)?.responseStarted(response.statusCode, headerReader(response.headers)),
    bodyChunkReceived: ({ request, chunk }) =>
      exchanges.get(request)?.responseChunk(typeof chunk === 'string' ? Buffer.from(chunk) : chunk),
    trailers({ request }) {
      exchanges.get(request)?.end();
      exchanges.delete(request);
    },
    error({ request, error }) {
      exchanges.get(request)?.fail(error);
      exchanges.delete(request);
    },
  };
  for (const [name, handler] of Object.entries(handlers)) {
    diagnosticsChannel.subscribe(
      `undici:request:${name}`,
      guarded((message: unknown) => handler(message as Message)),
    );
  }
}

/** Undici's own name lookup (`interceptors.dns`) leaves an IP address as the origin; the header names who is meant. */
function addressed(origin: string | URL, host: string | null | undefined): string | URL {
  return host ? `${new URL(origin).protocol}//${host}` : origin;
}

function headerReader(headers: UndiciRequest['headers'] | ResponseHeaders): HeaderReader {
  if (isByName(headers)) return (name) => headers[name]?.toString();
  const flat: readonly (string | Buffer)[] = typeof headers === 'string' ? headers.split(/: |\r\n/) : headers;
  return (name) => {
    for (let index = 0; index + 1 < flat.length; index += 2) {
      const key = flat[index];
      if (key?.length === name.length && key.toString().toLowerCase() === name) return flat[index + 1]?.toString();
    }
    return undefined;
  };
}

function isByName(headers: object | string): headers is Readonly<Record<string, string | readonly string[] | undefined>> {
  return typeof headers === 'object' && !Array.isArray(headers);
}
