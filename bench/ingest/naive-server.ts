import { readFileSync } from 'node:fs';
import type { IncomingHttpHeaders } from 'node:http';
import { gunzipSync } from 'node:zlib';
import type { ClickHouseClient } from '@clickhouse/client';
import { fastify } from 'fastify';
import protobuf from 'protobufjs';

interface Attribute {
  readonly key: string;
  readonly value: { readonly stringValue?: string; readonly intValue?: string; readonly doubleValue?: number };
}
interface Request {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly Attribute[] };
    readonly scopeSpans: readonly { readonly spans: readonly Span[] }[];
  }[];
}
interface Span {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly name: string;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly Attribute[];
}

const FLUSH_ROWS = 10_000;
const FLUSH_MS = 1000;

/**
 * The straightforward design, for comparison: fastify, protobufjs, a price per token from the attributes, rows gathered in memory and
 * inserted as JSON by the official client. It answers before anything is stored and loses what it holds when it dies.
 */
export async function startNaiveServer(client: ClickHouseClient): Promise<{ url: string }> {
  await client.command({ query: 'CREATE DATABASE IF NOT EXISTS naive ENGINE = Atomic' });
  await client.command({
    query: `CREATE TABLE naive.spans (
      time DateTime64(3), trace_id String, span_id String, parent_span_id String, name LowCardinality(String), service LowCardinality(String),
      provider LowCardinality(String), model LowCardinality(String), team LowCardinality(String), feature LowCardinality(String), user String,
      duration_ms Float64, input_tokens UInt64, output_tokens UInt64, cost Float64, attributes Map(LowCardinality(String), String)
    ) ENGINE = MergeTree PARTITION BY toYYYYMM(time) ORDER BY (service, time)`,
  });
  await client.command({
    query: `CREATE MATERIALIZED VIEW naive.usage_1h ENGINE = SummingMergeTree ORDER BY (time, team, model) AS
      SELECT toStartOfHour(time) AS time, team, model, count() AS calls, sum(cost) AS cost, sum(input_tokens) AS input_tokens
      FROM naive.spans GROUP BY time, team, model`,
  });
  const { root } = protobuf.parse(readFileSync(new URL('../../collector/test/otlp/otlp.proto', import.meta.url), 'utf8'));
  const type = root.lookupType('ExportTraceServiceRequest');
  let rows: Record<string, unknown>[] = [];
  const books = { stored: 0, waiting: 0 };
  let flushing: Promise<void> = Promise.resolve();

  function flush(): void {
    const values = rows;
    if (values.length === 0) return;
    rows = [];
    flushing = flushing.then(async () => {
      const insert = () => client.insert({ table: 'naive.spans', values, format: 'JSONEachRow' });
      // A connection may be closed just when it is used again.
      await insert().catch(insert);
      books.stored += values.length;
      books.waiting -= values.length;
    });
  }
  setInterval(flush, FLUSH_MS);

  const app = fastify({ bodyLimit: 64 * 1024 * 1024 });
  const read = (body: Buffer, headers: IncomingHttpHeaders): Request => {
    const plain = headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body;
    if (headers['content-type'] === 'application/json') return JSON.parse(plain.toString()) as Request;
    return type.toObject(type.decode(plain), { longs: String, bytes: String, arrays: true }) as Request;
  };
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  app.post('/v1/traces', async (request, reply) => {
    const before = rows.length;
    const decoded = read(request.body as Buffer, request.headers);
    for (const { resource, scopeSpans } of decoded.resourceSpans) {
      const shared = toMap(resource.attributes);
      for (const { spans } of scopeSpans) for (const span of spans) rows.push(toRow(span, shared));
    }
    books.waiting += rows.length - before;
    if (rows.length >= FLUSH_ROWS) flush();
    return reply.type('application/x-protobuf').send(Buffer.alloc(0));
  });
  app.get('/v1/books', async () => books);
  return { url: await app.listen({ host: '127.0.0.1', port: 0 }) };
}

function toMap(attributes: readonly Attribute[]): Record<string, string> {
  return Object.fromEntries(
    attributes.map(({ key, value }) => [key, String(value.stringValue ?? value.intValue ?? value.doubleValue ?? '')]),
  );
}

function toRow(span: Span, resource: Record<string, string>): Record<string, unknown> {
  const attributes = toMap(span.attributes);
  const input = Number(attributes['gen_ai.usage.input_tokens'] ?? 0);
  const output = Number(attributes['gen_ai.usage.output_tokens'] ?? 0);
  const began = Number(BigInt(span.startTimeUnixNano) / 1_000_000n);
  return {
    time: new Date(began).toISOString().replace('T', ' ').replace('Z', ''),
    trace_id: Buffer.from(span.traceId, 'base64').toString('hex'),
    span_id: Buffer.from(span.spanId, 'base64').toString('hex'),
    parent_span_id: Buffer.from(span.parentSpanId ?? '', 'base64').toString('hex'),
    name: span.name,
    service: resource['service.name'] ?? '',
    provider: attributes['gen_ai.provider.name'] ?? '',
    model: attributes['gen_ai.response.model'] ?? '',
    team: attributes['tokenledger.team'] ?? '',
    feature: attributes['tokenledger.feature'] ?? '',
    user: attributes['user.id'] ?? '',
    duration_ms: Number(BigInt(span.endTimeUnixNano) / 1_000_000n) - began,
    input_tokens: input,
    output_tokens: output,
    cost: (input * 2.5 + output * 10) / 1e6,
    attributes: { ...resource, ...attributes },
  };
}
