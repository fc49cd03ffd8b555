import { guarded } from '../guard.ts';
import type { Exchange } from './exchange.ts';

/** What undici's client calls on its request before release 8. */
interface OlderRequest {
  onBodySent(chunk: unknown): unknown;
  onData(chunk: unknown): unknown;
}

const tellers = new WeakMap<object, boolean>();

/**
 * Undici tells bodies on its channels since 7.15. Older ones, as Node 22 has it and as apps bring along for their proxies, tell all else;
 * their bodies are seen where they pass: in two methods of the request.
 */
export function overhearBodies(request: object, exchange: Exchange): void {
  if (tellsBodies(request)) return;
  const older = request as OlderRequest;
  const sent = guarded((chunk: unknown) => {
    if (typeof chunk === 'string' || chunk instanceof Uint8Array) exchange.requestChunk(chunk);
  });
  const received = guarded((chunk: unknown) => {
    if (chunk instanceof Uint8Array) exchange.responseChunk(chunk);
  });
  const onBodySent = older.onBodySent.bind(older);
  const onData = older.onData.bind(older);
  older.onBodySent = (chunk) => {
    sent(chunk);
    return onBodySent(chunk);
  };
  older.onData = (chunk) => {
    received(chunk);
    return onData(chunk);
  };
}

/** Asked of the code itself: an app may have several copies, bundled and without a version. */
function tellsBodies(request: object): boolean {
  const kind: unknown = Object.getPrototypeOf(request);
  if (typeof kind !== 'object' || kind === null) return true;
  const known = tellers.get(kind);
  if (known !== undefined) return known;
  const { onBodySent, onData } = request as Partial<OlderRequest>;
  const tells = typeof onBodySent !== 'function' || typeof onData !== 'function' || String(onData).includes('bodyChunkReceived');
  tellers.set(kind, tells);
  return tells;
}
