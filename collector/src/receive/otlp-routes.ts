import type { IncomingMessage } from 'node:http';
import type { Compression } from '../journal/record.ts';
import { type Admission, authenticate, OTLP_SIGNALS, type OtlpSignal } from './admission.ts';
import type { Answer, Routes } from './answer.ts';
import { decompress } from './decompress.ts';
import { createGate } from './gate.ts';
import { giveBack } from './give-back.ts';
import { readMediaType } from './media-type.ts';
import { readBody } from './read-body.ts';
import { responseTo } from './reply.ts';

/**
 * `POST /v1/traces`, `/v1/logs` and `/v1/metrics`. Content type, key, rate and room are asked, in this order, before a byte of the body is
 * taken.
 */
export function otlpRoutes({ receivers, keys, rate, budget, limits, answered }: Admission): Routes {
  const decompressing = createGate(limits.decompressions, limits.decompressionsWaiting);
  const grow = (body: Buffer, compression: Compression) => decompressing(() => decompress(body, compression, limits.bodyBytes));

  async function receive(signal: OtlpSignal, request: IncomingMessage, invite: () => void): Promise<Answer> {
    const media = readMediaType(request.headers);
    const { tenant, sender } = authenticate(request.headers.authorization, keys);
    rate.admit(sender);
    const lease = budget.lease();
    const read: Buffer[] = [];
    try {
      const body = await readBody(request, { limit: limits.bodyBytes, lease, invite });
      read.push(body);
      rate.spend(sender, body.length);
      const plain = media.compression === 'identity' ? body : await grow(body, media.compression);
      read.push(plain);
      if (plain !== body) lease.take(plain.length);
      return responseTo(media.encoding, await receivers[signal]({ tenant, media, body, plain }));
    } finally {
      lease.release();
      read.forEach(giveBack);
    }
  }

  return Object.fromEntries(
    OTLP_SIGNALS.map((signal) => [
      pathOf(signal),
      {
        method: 'POST',
        answer: (request, invite) => receive(signal, request, invite),
        answered: (status, seconds) => answered(signal, status, seconds),
      },
    ]),
  );
}

const pathOf = (signal: OtlpSignal) => `/v1/${signal}`;
export const OTLP_PATHS = OTLP_SIGNALS.map(pathOf);
