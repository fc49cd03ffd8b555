import type { Readable } from 'node:stream';
import { guarded } from '../guard.ts';
import type { Exchange } from './exchange.ts';

/**
 * Sees what Node's HTTP parser puts into a response, as it does: the stream itself flows, waits and ends as the app makes it.
 */
export function followPush(response: Readable, exchange: Exchange): void {
  const push = response.push.bind(response);
  const observe = guarded((chunk: unknown) => {
    if (chunk === null) exchange.end();
    else if (chunk instanceof Uint8Array) exchange.responseChunk(chunk);
  });
  response.push = (chunk: unknown, encoding?: BufferEncoding) => {
    observe(chunk);
    return push(chunk, encoding);
  };
}
