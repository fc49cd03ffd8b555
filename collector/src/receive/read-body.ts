import type { IncomingMessage } from 'node:http';
import { CollectorError } from '../errors.ts';
import type { Lease } from './byte-budget.ts';
import { giveBack } from './give-back.ts';

export interface ReadBody {
  readonly limit: number;
  readonly lease: Lease;
  /** Has the sender begin, if it waits for that. */
  readonly invite: () => void;
}

/**
 * The whole body. What is too large is refused as soon as that is known; the rest of it is then left to the server to discard. By events:
 * what an async iterator makes for each request costs as much as to check a request of one span.
 * @throws CollectorError `body_too_large` or `overloaded`, or what broke the connection
 */
export function readBody(request: IncomingMessage, { limit, lease, invite }: ReadBody): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const tooLarge = () => new CollectorError('body_too_large', `the body is larger than ${limit} bytes`);
    if (Number(request.headers['content-length'] ?? 0) > limit) return reject(tooLarge());
    const chunks: Buffer[] = [];
    let size = 0;
    function take(chunk: Buffer): void {
      size += chunk.length;
      try {
        if (size > limit) throw tooLarge();
        lease.take(chunk.length);
      } catch (error) {
        request.off('data', take).off('end', finish);
        return reject(error);
      }
      chunks.push(chunk);
    }
    function finish(): void {
      const [only] = chunks;
      if (chunks.length === 1 && only) return resolve(only);
      const body = Buffer.concat(chunks, size);
      chunks.forEach(giveBack);
      resolve(body);
    }
    invite();
    request.on('data', take).on('end', finish).on('error', reject);
  });
}
