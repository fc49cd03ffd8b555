import { setTimeout as sleep } from 'node:timers/promises';
import { OTLPTraceExporter as GrpcExporter } from '@opentelemetry/exporter-trace-otlp-grpc';
import { OTLPTraceExporter as JsonExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { OTLPTraceExporter as ProtobufExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { InMemorySpanExporter, SimpleSpanProcessor, type SpanExporter, TracerProvider } from '@opentelemetry/sdk-trace';

/** Exports calls as the official JS SDK does: `js-client.ts json|protobuf|grpc ENDPOINT PREFIX BATCHES SIZE`. Prints what the exporter gave up. */
const [protocol = '', endpoint = '', prefix = '', batches = '', size = ''] = process.argv.slice(2);

const EXPORTERS: Readonly<Record<string, () => SpanExporter>> = {
  json: () => new JsonExporter({ url: `${endpoint}/v1/traces`, timeoutMillis: 30_000 }),
  protobuf: () => new ProtobufExporter({ url: `${endpoint}/v1/traces`, timeoutMillis: 30_000 }),
  grpc: () => new GrpcExporter({ url: endpoint, timeoutMillis: 30_000 }),
};
const exporter = EXPORTERS[protocol]?.();
if (!exporter) throw new TypeError(`no exporter for ${protocol}`);
const memory = new InMemorySpanExporter();
const tracer = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter: memory })] }).getTracer('foreign-js');
let givenUp = 0;
for (let batch = 0; batch < Number(batches); batch++) {
  for (let index = 1; index <= Number(size); index++) {
    const attributes = {
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'openai',
      'gen_ai.response.model': 'gpt-4o-2024-08-06',
      'gen_ai.response.id': `${prefix}-${batch * Number(size) + index}`,
      'gen_ai.usage.input_tokens': 1000,
      'gen_ai.usage.output_tokens': 1,
    };
    tracer.startSpan('chat gpt-4o', { attributes }).end();
  }
  const spans = memory.getFinishedSpans();
  memory.reset();
  while ((await new Promise<number>((resolve) => exporter.export(spans, ({ code }) => resolve(code)))) !== 0) {
    givenUp++;
    await sleep(500);
  }
}
await exporter.shutdown();
console.log(JSON.stringify({ given_up: givenUp }));
