import diagnosticsChannel from 'node:diagnostics_channel';
import type { ClientRequest, IncomingMessage } from 'node:http';
import { matchEndpoint } from '../endpoints.ts';
import { guarded } from '../guard.ts';
import type { HeaderReader } from '../observed-call.ts';
import { observeExchange } from '../observe.ts';
import type { Exchange } from './exchange.ts';
import { followPush } from './follow-push.ts';

interface Message {
  readonly request: ClientRequest;
  readonly response: IncomingMessage;
  readonly error: unknown;
}

/**
 * Follows requests of `node:http` and `node:https`: SDKs from before `fetch`, axios, got. Node tells when they are created and
 * answered (docs: diagnostics_channel, HTTP); the bytes are seen where they pass, in `write`, `end` and the parser's `push`.
 */
export function tapNodeHttp(): void {
  const exchanges = new WeakMap<ClientRequest, Exchange>();
  const handlers: Readonly<Record<string, (message: Message) => void>> = {
    'request.created'({ request }) {
      const origin = `${request.protocol}//${String(request.getHeader('host') ?? request.host)}`;
      const match = matchEndpoint(request.method, origin, request.path);
      const exchange = match && observeExchange({ ...match, requestHeader: (name) => request.getHeader(name)?.toString() });
      if (!exchange) return;
      exchanges.set(request, exchange);
      followBody(request, exchange);
    },
    'response.finish'({ request, response }) {
      const exchange = exchanges.get(request);
      if (!exchange) return;
      const header: HeaderReader = (name) => response.headers[name]?.toString();
      exchange.responseStarted(response.statusCode ?? 0, header);
      followPush(response, exchange);
      // After its last byte this tells nothing new; before it, that the app or the network gave up.
      response.once(
        'close',
        guarded(() => exchange.fail(response.errored ?? { name: 'AbortError' })),
      );
    },
    'request.error': ({ request, error }) => exchanges.get(request)?.fail(error),
  };
  for (const [name, handler] of Object.entries(handlers)) {
    diagnosticsChannel.subscribe(
      `http.client.${name}`,
      guarded((message: unknown) => handler(message as Message)),
    );
  }
}

function followBody(request: ClientRequest, exchange: Exchange): void {
  const observe = guarded((chunk: unknown, encoding: unknown) => {
    const isEncoded = typeof chunk === 'string' && typeof encoding === 'string' && Buffer.isEncoding(encoding);
    if (isEncoded) exchange.requestChunk(Buffer.from(chunk, encoding));
    else if (typeof chunk === 'string' || chunk instanceof Uint8Array) exchange.requestChunk(chunk);
  });
  const write = request.write.bind(request) as (...args: unknown[]) => boolean;
  const end = request.end.bind(request) as (...args: unknown[]) => ClientRequest;
  request.write = (chunk: unknown, ...rest: unknown[]) => {
    observe(chunk, rest[0]);
    return write(chunk, ...rest);
  };
  request.end = (...args: unknown[]) => {
    observe(args[0], args[1]);
    guarded(() => exchange.requestSent())();
    return end(...args);
  };
}
