import { matchEndpoint } from '../src/endpoints.ts';
import { estimateMissingUsage } from '../src/estimate.ts';
import type { ObservedCall } from '../src/observed-call.ts';
import { Exchange } from '../src/wire/exchange.ts';

/** An HTTP exchange as it was on the wire. */
export interface Recorded {
  readonly method?: 'GET';
  readonly url: string;
  readonly requestHeaders?: Readonly<Record<string, string>>;
  readonly request?: unknown;
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** A JSON answer. */
  readonly json?: unknown;
  /** Server-sent events: their data. */
  readonly events?: readonly unknown[];
  /** Lines of JSON. */
  readonly lines?: readonly unknown[];
  readonly bytes?: Buffer;
}

/** As `fetch` reads files. */
const SENT_BYTES = 64 * 1024;

/** Lets the instrumentation follow a recorded exchange; `cut` splits the bytes of the answer as a socket might. */
export function follow(recorded: Recorded, cut: (answer: Buffer) => readonly Buffer[] = (answer) => [answer]): ObservedCall | undefined {
  const { origin, pathname, search } = new URL(recorded.url);
  const match = matchEndpoint(recorded.method ?? 'POST', origin, pathname + search);
  if (!match) return undefined;
  const requestHeader = (name: string): string | undefined => recorded.requestHeaders?.[name];
  const exchange = new Exchange({ ...match, requestHeader }, () => {});
  if (recorded.request !== undefined) {
    const body = Buffer.from(Buffer.isBuffer(recorded.request) ? recorded.request : JSON.stringify(recorded.request));
    for (let at = 0; at < body.length; at += SENT_BYTES) exchange.requestChunk(body.subarray(at, at + SENT_BYTES));
  }
  exchange.requestSent();
  const { type, body } = answerOf(recorded);
  exchange.responseStarted(recorded.status ?? 200, (name) => ({ 'content-type': type, ...recorded.headers })[name]);
  for (const chunk of cut(body)) {
    const ofSocket = Buffer.from(chunk);
    exchange.responseChunk(ofSocket);
    // The socket uses its memory again.
    ofSocket.fill(0);
  }
  exchange.end();
  const call = exchange.conclude();
  if (call) estimateMissingUsage(call);
  return call;
}

function answerOf({ json, events, lines, bytes }: Recorded): { readonly type: string; readonly body: Buffer } {
  if (events) {
    const text = events.map((event) => `event: message\ndata: ${typeof event === 'string' ? event : JSON.stringify(event)}\n\n`).join('');
    return { type: 'text/event-stream; charset=utf-8', body: Buffer.from(text) };
  }
  if (lines) return { type: 'application/x-ndjson', body: Buffer.from(lines.map((line) => `${JSON.stringify(line)}\n`).join('')) };
  if (bytes) return { type: 'application/octet-stream', body: bytes };
  return { type: 'application/json', body: Buffer.from(JSON.stringify(json ?? {})) };
}
