import { activeContext, runWithin } from '../api/carried-context.ts';
import { matchEndpoint } from '../endpoints.ts';
import { report } from '../guard.ts';
import type { HeaderReader } from '../observed-call.ts';
import { observeExchange } from '../observe.ts';
import type { Exchange } from './exchange.ts';
import { isInCharge } from '../realm.ts';
import { FOLLOWED } from './followed.ts';

type Fetch = typeof globalThis.fetch;

const WRAPPED = Symbol.for('tokenledger.wrapped_fetch');

/**
 * A `fetch` that does what the given one does and lets calls to models be followed: for Node releases whose diagnostics
 * channels do not tell bodies, and for clients with a transport of their own. The answer's body is passed on piece by piece
 * as the app pulls it; nothing is read ahead, duplicated or held back.
 */
export function wrapFetch(original: Fetch): Fetch {
  if (WRAPPED in original && (original[WRAPPED] as () => boolean)()) return original;
  const wrapped = function fetch(this: unknown, input: Parameters<Fetch>[0], init?: RequestInit): Promise<Response> {
    const exchange = begin(input, init);
    if (!exchange) return original.call(this, input, init);
    const sent = init?.body instanceof ReadableStream ? { ...init, body: overheard(init.body, exchange) } : init;
    return runWithin(activeContext().setValue(FOLLOWED, true), () => follow(exchange, original.call(this, input, sent)));
  };
  const kept: PropertyDescriptorMap = Object.getOwnPropertyDescriptors(original);
  delete kept['prototype'];
  Object.defineProperties(wrapped, kept);
  return Object.assign(wrapped, { [WRAPPED]: isInCharge });
}

function begin(input: Parameters<Fetch>[0], init: RequestInit | undefined): Exchange | undefined {
  try {
    const request = input instanceof Request ? input : undefined;
    const url = new URL(input instanceof Request ? input.url : input);
    const match = matchEndpoint((init?.method ?? request?.method ?? 'GET').toUpperCase(), url.origin, url.pathname);
    if (!match) return undefined;
    const headers = new Headers(init?.headers ?? request?.headers);
    const exchange = observeExchange({ ...match, requestHeader: (name) => headers.get(name) ?? undefined });
    if (exchange) readRequestBody(exchange, init?.body, request);
    return exchange;
  } catch (error) {
    report(error);
    return undefined;
  }
}

function readRequestBody(exchange: Exchange, body: RequestInit['body'] | undefined, request: Request | undefined): void {
  // Of a Request only a copy can be read; its body has not been sent yet, and the answer cannot come before it is.
  const readable = body instanceof Blob ? body : request?.body && !body ? request.clone() : undefined;
  if (body instanceof ReadableStream) return;
  if (readable) {
    void readable
      .text()
      .then((text) => {
        exchange.requestChunk(text);
        exchange.requestSent();
      })
      .catch(report);
    return;
  }
  if (typeof body === 'string') exchange.requestChunk(body);
  else if (body instanceof ArrayBuffer) exchange.requestChunk(new Uint8Array(body));
  else if (ArrayBuffer.isView(body)) exchange.requestChunk(new Uint8Array(body.buffer, body.byteOffset, body.byteLength));
  else if (body instanceof FormData) exchange.requestChunk(JSON.stringify(Object.fromEntries(body)));
  exchange.requestSent();
}

/** The same bytes on their way to the server, one piece at a time as it takes them. */
function overheard(body: ReadableStream, exchange: Exchange): ReadableStream {
  const passing = new TransformStream<unknown, unknown>({
    transform(chunk, controller) {
      if (chunk instanceof Uint8Array || typeof chunk === 'string') safely(() => exchange.requestChunk(chunk));
      controller.enqueue(chunk);
    },
    flush: () => safely(() => exchange.requestSent()),
  });
  return body.pipeThrough(passing);
}

async function follow(exchange: Exchange, answer: Promise<Response>): Promise<Response> {
  let response: Response;
  try {
    response = await answer;
  } catch (error) {
    safely(() => exchange.fail(causeOf(error)));
    throw error;
  }
  // `fetch` has undone the content encoding already.
  const header: HeaderReader = (name) => (name === 'content-encoding' ? undefined : (response.headers.get(name) ?? undefined));
  safely(() => exchange.responseStarted(response.status, header));
  if (!response.body) {
    safely(() => exchange.end());
    return response;
  }
  try {
    return passOn(response, response.body, exchange);
  } catch (error) {
    report(error);
    safely(() => exchange.end());
    return response;
  }
}

/** An answer whose body nobody reads holds its socket until it is collected, as undici does it for its own. */
const forgotten = new FinalizationRegistry<{ readonly reader: ReadableStreamDefaultReader<unknown>; readonly exchange: Exchange }>(
  ({ reader, exchange }) => {
    safely(() => exchange.fail({ name: 'AbortError' }));
    reader.cancel().catch(report);
  },
);

/** The same response with a body that tells us of each piece the app takes. */
function passOn(response: Response, body: NonNullable<Response['body']>, exchange: Exchange): Response {
  let reader: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>;
  const passing = new ReadableStream({
    type: 'bytes',
    async pull(controller) {
      try {
        const { done, value } = await reader.read();
        if (done) {
          safely(() => exchange.end());
          controller.close();
          // A reader that brought its own buffer waits for it even at the end.
          controller.byobRequest?.respond(0);
        } else if (value.length > 0) {
          safely(() => exchange.responseChunk(value));
          controller.enqueue(value);
        }
      } catch (error) {
        safely(() => exchange.fail(error));
        controller.error(error);
      }
    },
    cancel(reason) {
      safely(() => exchange.fail({ name: 'AbortError' }));
      return reader.cancel(reason);
    },
  });
  const { status, statusText, headers, url, redirected, type } = response;
  // What no response may have that is made here throws; the app's is still whole then.
  const passed = new Response(passing, { status, statusText, headers });
  reader = body.getReader();
  forgotten.register(passing, { reader, exchange });
  for (const [name, value] of Object.entries({ url, redirected, type })) Object.defineProperty(passed, name, { value, configurable: true });
  return passed;
}

/** `fetch` wraps what went wrong on the network. */
function causeOf(error: unknown): unknown {
  return error instanceof TypeError && error.cause ? error.cause : error;
}

function safely(observe: () => void): void {
  try {
    observe();
  } catch (error) {
    report(error);
  }
}
