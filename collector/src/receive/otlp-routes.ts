import type { FastifyInstance } from 'fastify';
import type { Compression } from '../journal/record.ts';
import { type Admission, authenticate, OTLP_SIGNALS } from './admission.ts';
import { decompress } from './decompress.ts';
import { createGate } from './gate.ts';
import { readMediaType } from './media-type.ts';
import { readBody } from './read-body.ts';
import { refuse } from './refuse.ts';
import { CONTENT_TYPE, encodeResponse } from './reply.ts';

/**
 * `POST /v1/traces`, `/v1/logs` and `/v1/metrics`. The handler reads the body itself, so that content type, key, rate and room
 * are asked, in this order, before a byte of it is taken.
 */
export function registerOtlpRoutes(app: FastifyInstance, { receivers, keys, rate, budget, limits, log, refused }: Admission): void {
  const decompressing = createGate(limits.decompressions, limits.decompressionsWaiting);

  const grow = (body: Buffer, compression: Compression) => decompressing(() => decompress(body, compression, limits.bodyBytes));

  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, _body, done) => done(null));
  app.setErrorHandler((error, request, reply) => refuse(error, request, reply, { log, refused }));

  for (const signal of OTLP_SIGNALS) {
    app.post(`/v1/${signal}`, async (request, reply) => {
      const media = readMediaType(request.headers);
      const { tenant, sender } = authenticate(request.headers.authorization, keys);
      rate.admit(sender);
      const lease = budget.lease();
      try {
        const body = await readBody(request.raw, { limit: limits.bodyBytes, lease });
        rate.spend(sender, body.length);
        const plain = media.compression === 'identity' ? body : await grow(body, media.compression);
        if (plain !== body) lease.take(plain.length);
        const partial = await receivers[signal]({ tenant, media, body, plain });
        return await reply.type(CONTENT_TYPE[media.encoding]).send(encodeResponse(media.encoding, partial));
      } finally {
        lease.release();
      }
    });
  }
}
