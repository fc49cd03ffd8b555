import { createHash } from 'node:crypto';
import type { FastifyInstance } from 'fastify';

/**
 * Answers of the routes registered here carry a tag of their content; who has it already is told 304. A browser that loads a dashboard
 * again transfers only what changed.
 */
export function tagEntities(app: FastifyInstance): void {
  app.addHook('onSend', async (request, reply, payload) => {
    if (request.method !== 'GET' || reply.statusCode !== 200 || typeof payload !== 'string') return payload;
    const tag = `W/"${createHash('sha1').update(payload).digest('base64url')}"`;
    void reply.header('etag', tag).header('cache-control', 'private, no-cache');
    if (!isKnown(request.headers['if-none-match'], tag)) return payload;
    void reply.code(304).removeHeader('content-type');
    return null;
  });
}

/** A list, or `*`; the weak comparison of RFC 9110: `"x"` is `W/"x"`. */
function isKnown(header: string | undefined, tag: string): boolean {
  const strong = (text: string) => text.trim().replace(/^W\//, '');
  return header !== undefined && header.split(',').some((each) => each.trim() === '*' || strong(each) === strong(tag));
}
