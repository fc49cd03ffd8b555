import { readFileSync } from 'node:fs';
import protobuf from 'protobufjs';

/** OTLP as another implementation reads and writes it: JSON-shaped objects ↔ protobuf bytes, by protobufjs. */
const { root } = protobuf.parse(readFileSync(new URL('./otlp.proto', import.meta.url), 'utf8'));

export type Json = Record<string, unknown>;

export function encodeMessage(type: string, json: Json): Buffer {
  const message = root.lookupType(type);
  return Buffer.from(message.encode(message.fromObject(withBytes(json) as Json)).finish());
}

export function decodeMessage(type: string, bytes: Uint8Array): Json {
  const message = root.lookupType(type);
  return message.toObject(message.decode(bytes), { longs: String, bytes: String });
}

/** Ids are hex in OTLP/JSON and bytes in protobuf. */
function withBytes(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withBytes);
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key,
      key.endsWith('Id') && typeof inner === 'string' ? Buffer.from(inner, 'hex') : withBytes(inner),
    ]),
  );
}

export const text = (key: string, value: string) => ({ key, value: { stringValue: value } });
export const int = (key: string, value: number) => ({ key, value: { intValue: value } });

/** A request of one resource and one scope around these spans, in the shape of OTLP/JSON. */
export function tracesRequest(spans: readonly Json[], service = 'checkout'): Json {
  return {
    resourceSpans: [
      {
        resource: { attributes: [text('service.name', service)] },
        scopeSpans: [{ scope: { name: 'test', version: '1' }, spans }],
      },
    ],
  };
}

export const toJson = (request: Json): Buffer => Buffer.from(JSON.stringify(request));
export const toProtobuf = (request: Json): Buffer => encodeMessage('ExportTraceServiceRequest', request);

/** A chat call, its ids made of its number. */
export function chatSpan(number: number, extra: readonly Json[] = []): Json {
  const id = number.toString(16).padStart(16, '0');
  return {
    traceId: `f${id.slice(1)}${id}`,
    spanId: `e${id.slice(1)}`,
    name: 'chat gpt-4o',
    kind: 3,
    startTimeUnixNano: '1763900000000000000',
    endTimeUnixNano: '1763900001500000000',
    attributes: [
      text('gen_ai.operation.name', 'chat'),
      text('gen_ai.provider.name', 'openai'),
      text('gen_ai.request.model', 'gpt-4o'),
      text('gen_ai.response.model', 'gpt-4o-2024-08-06'),
      text('gen_ai.response.id', `chatcmpl-${number}`),
      int('gen_ai.usage.input_tokens', 1000 + number),
      int('gen_ai.usage.output_tokens', 10),
      ...extra,
    ],
    status: {},
  };
}
