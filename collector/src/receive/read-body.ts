import type { IncomingMessage } from 'node:http';
import { CollectorError } from '../errors.ts';
import type { Lease } from './byte-budget.ts';

/**
 * The whole body. What is too large is refused as soon as that is known; the rest of it is then left to the server to discard.
 * @throws CollectorError `body_too_large` or `overloaded`
 */
export async function readBody(request: IncomingMessage, { limit, lease }: { limit: number; lease: Lease }): Promise<Buffer> {
  const tooLarge = () => new CollectorError('body_too_large', `the body is larger than ${limit} bytes`);
  if (Number(request.headers['content-length'] ?? 0) > limit) throw tooLarge();
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > limit) throw tooLarge();
    lease.take(chunk.length);
    chunks.push(chunk);
  }
  return chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks);
}
