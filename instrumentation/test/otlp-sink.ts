import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';

type Value = string | number | boolean | readonly Value[];

/** What only protobuf is read for. */
interface Rare {
  readonly traceState: string;
  readonly flags: string;
  readonly statusMessage: string;
  readonly events: readonly object[];
  readonly links: readonly object[];
}

export interface SinkSpan extends Partial<Rare> {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly name: string;
  readonly kind: number;
  readonly startNs: bigint;
  readonly endNs: bigint;
  readonly scope: string;
  readonly statusCode: number;
  readonly attributes: Readonly<Record<string, Value>>;
  readonly resource: Readonly<Record<string, Value>>;
}

export interface Sink {
  readonly url: string;
  readonly spans: SinkSpan[];
  readonly requests: { readonly headers: IncomingMessage['headers'] }[];
  close(): Promise<void>;
}

/** A collector that only listens: OTLP/HTTP in, plain spans out. `answer` may misbehave instead of accepting. */
export async function startSink(answer?: (request: IncomingMessage, response: ServerResponse) => void): Promise<Sink> {
  const spans: SinkSpan[] = [];
  const requests: { headers: IncomingMessage['headers'] }[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      requests.push({ headers: request.headers });
      response.on('finish', () => {
        if (response.statusCode !== 200) return;
        const body = Buffer.concat(chunks);
        const bytes = request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body;
        const isJson = request.headers['content-type']?.includes('json');
        spans.push(...(isJson ? decodeJsonSpans(JSON.parse(bytes.toString()) as JsonRequest) : decodeSpans(bytes)));
      });
      if (answer) return answer(request, response);
      response.setHeader('content-type', 'application/x-protobuf').end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

interface JsonAttribute {
  readonly key: string;
  readonly value: Readonly<Record<string, unknown>>;
}
interface JsonRequest {
  readonly resourceSpans: readonly {
    readonly resource?: { readonly attributes?: readonly JsonAttribute[] };
    readonly scopeSpans: readonly { readonly scope?: { readonly name: string }; readonly spans: readonly JsonSpan[] }[];
  }[];
}
interface JsonSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly status?: { readonly code?: number };
  readonly attributes?: readonly JsonAttribute[];
}

function decodeJsonSpans({ resourceSpans }: JsonRequest): SinkSpan[] {
  return resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ scope, spans }) =>
      spans.map((span) => ({
        traceId: span.traceId,
        spanId: span.spanId,
        parentSpanId: span.parentSpanId ?? '',
        name: span.name,
        kind: span.kind,
        startNs: BigInt(span.startTimeUnixNano),
        endNs: BigInt(span.endTimeUnixNano),
        scope: scope?.name ?? '',
        statusCode: span.status?.code ?? 0,
        attributes: jsonAttributes(span.attributes),
        resource: jsonAttributes(resource?.attributes),
      })),
    ),
  );
}

/** Lists are of no interest here. */
function jsonAttributes(attributes: readonly JsonAttribute[] = []): Record<string, Value> {
  return Object.fromEntries(
    attributes.map(({ key, value }) => [
      key,
      value['intValue'] === undefined ? (Object.values(value)[0] as Value) : Number(value['intValue']),
    ]),
  );
}

type Field = { readonly number: number; readonly varint: bigint; readonly bytes: Buffer };

/** Field numbers: opentelemetry-proto, trace/v1/trace.proto and common/v1/common.proto. */
export function decodeSpans(body: Buffer): SinkSpan[] {
  return each(body, 1).flatMap((resourceSpans) => {
    const resource = attributesOf(each(resourceSpans, 1)[0] ?? Buffer.alloc(0), 1);
    return each(resourceSpans, 2).flatMap((scopeSpans) => {
      const scope = text(each(scopeSpans, 1)[0] ?? Buffer.alloc(0), 1);
      return each(scopeSpans, 2).map((span) => ({
        traceId: (each(span, 1)[0] ?? Buffer.alloc(0)).toString('hex'),
        spanId: (each(span, 2)[0] ?? Buffer.alloc(0)).toString('hex'),
        parentSpanId: (each(span, 4)[0] ?? Buffer.alloc(0)).toString('hex'),
        name: text(span, 5),
        kind: Number(number(span, 6)),
        startNs: number(span, 7),
        endNs: number(span, 8),
        attributes: attributesOf(span, 9),
        statusCode: Number(number(each(span, 15)[0] ?? Buffer.alloc(0), 3)),
        scope,
        resource,
        ...rareOf(span),
      }));
    });
  });
}

function rareOf(span: Buffer): Rare {
  return {
    traceState: text(span, 3),
    flags: each(span, 16)[0]?.toString('hex') ?? '',
    statusMessage: text(each(span, 15)[0] ?? Buffer.alloc(0), 2),
    events: each(span, 11).map((event) => ({ time: number(event, 1), name: text(event, 2), attributes: attributesOf(event, 3) })),
    links: each(span, 13).map((link) => ({
      ids: [1, 2].map((field) => each(link, field)[0]?.toString('hex')),
      traceState: text(link, 3),
      attributes: attributesOf(link, 4),
      flags: each(link, 6)[0]?.toString('hex'),
    })),
  };
}

function attributesOf(message: Buffer, field: number): Record<string, Value> {
  return Object.fromEntries(each(message, field).map((pair) => [text(pair, 1), valueOf(each(pair, 2)[0] ?? Buffer.alloc(0))]));
}

function valueOf(message: Buffer): Value {
  const field = fields(message)[0];
  if (!field) return '';
  switch (field.number) {
    case 1:
      return field.bytes.toString();
    case 2:
      return field.varint === 1n;
    case 3:
      return Number(BigInt.asIntN(64, field.varint));
    case 4:
      return field.bytes.readDoubleLE();
    case 5:
      return each(field.bytes, 1).map(valueOf);
    default:
      return '';
  }
}

function each(message: Buffer, number: number): Buffer[] {
  return fields(message).flatMap((field) => (field.number === number ? [field.bytes] : []));
}

function text(message: Buffer, number: number): string {
  return (each(message, number)[0] ?? '').toString();
}

function number(message: Buffer, number: number): bigint {
  return fields(message).find((field) => field.number === number)?.varint ?? 0n;
}

function fields(message: Buffer): Field[] {
  const found: Field[] = [];
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = message[at++] ?? 0;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  const take = (length: number): Buffer => message.subarray(at, (at += length));
  while (at < message.length) {
    const tag = Number(varint());
    const wire = tag & 7;
    const bytes = wire === 1 ? take(8) : wire === 5 ? take(4) : wire === 2 ? take(Number(varint())) : Buffer.alloc(0);
    const value = wire === 0 ? varint() : wire === 1 ? bytes.readBigUInt64LE() : 0n;
    found.push({ number: tag >>> 3, varint: value, bytes });
  }
  return found;
}
