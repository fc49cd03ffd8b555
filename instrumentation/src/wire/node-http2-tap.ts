import diagnosticsChannel from 'node:diagnostics_channel';
import type { ClientHttp2Stream, IncomingHttpHeaders } from 'node:http2';
import { matchEndpoint } from '../endpoints.ts';
import { guarded } from '../guard.ts';
import { observeExchange } from '../observe.ts';
import type { Exchange } from './exchange.ts';
import { followPush } from './follow-push.ts';

interface Message {
  readonly stream: ClientHttp2Stream;
  readonly headers: IncomingHttpHeaders;
  /** What was written: one chunk, or several when `writev` says so. */
  readonly data: unknown;
  readonly writev: boolean;
  readonly error: unknown;
}

const undiciSessions = new WeakMap<object, boolean>();

/**
 * Undici tells of its requests by itself, over HTTP/2 too, which Node's `fetch` takes since Node 26 where it is offered. Its sessions are
 * known by their client, which undici keeps on them.
 */
function isOfUndici(session: object | undefined): boolean {
  if (!session) return false;
  const known = undiciSessions.get(session);
  if (known !== undefined) return known;
  const held = session as Readonly<Record<symbol, { readonly dispatch?: unknown } | null | undefined>>;
  const isOf = Object.getOwnPropertySymbols(session).some((symbol) => typeof held[symbol]?.dispatch === 'function');
  undiciSessions.set(session, isOf);
  return isOf;
}

/** Follows requests of `node:http2`, which the AWS SDK uses for Bedrock. Docs: diagnostics_channel, HTTP/2. */
export function tapNodeHttp2(): void {
  const exchanges = new WeakMap<ClientHttp2Stream, Exchange>();
  const handlers: Readonly<Record<string, (message: Message) => void>> = {
    created({ stream, headers }) {
      const origin = `${headers[':scheme'] ?? 'https'}://${headers[':authority'] ?? headers['host']}`;
      const match = matchEndpoint(headers[':method'] ?? 'GET', origin, headers[':path'] ?? '/');
      if (!match || isOfUndici(stream.session)) return;
      const exchange = observeExchange({ ...match, requestHeader: (name) => headers[name]?.toString() });
      if (exchange) exchanges.set(stream, exchange);
    },
    bodyChunkSent({ stream, data, writev }) {
      const exchange = exchanges.get(stream);
      if (!exchange) return;
      for (const piece of writev && Array.isArray(data) ? (data as readonly unknown[]) : [data]) {
        const chunk = typeof piece === 'object' && piece !== null && 'chunk' in piece ? piece.chunk : piece;
        if (typeof chunk === 'string' || chunk instanceof Uint8Array) exchange.requestChunk(chunk);
      }
    },
    bodySent: ({ stream }) => exchanges.get(stream)?.requestSent(),
    finish({ stream, headers }) {
      const exchange = exchanges.get(stream);
      if (!exchange) return;
      exchange.responseStarted(Number(headers[':status'] ?? 0), (name) => headers[name]?.toString());
      followPush(stream, exchange);
    },
    error: ({ stream, error }) => exchanges.get(stream)?.fail(causeOf(error)),
    // Told before the error, where there is one.
    close: ({ stream }) => exchanges.get(stream)?.fail(causeOf(stream.errored) ?? { name: 'AbortError' }),
  };
  for (const [name, handler] of Object.entries(handlers)) {
    diagnosticsChannel.subscribe(
      `http2.client.stream.${name}`,
      guarded((message: unknown) => handler(message as Message)),
    );
  }
}

/** Streams that wait for a connection are cancelled when there will be none; why is in the cause. */
function causeOf(error: unknown): unknown {
  return error instanceof Error ? (error.cause ?? error) : error;
}
