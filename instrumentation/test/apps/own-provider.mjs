// An app with OpenTelemetry set up by itself, before or after our import; prints the spans its own exporter got.
import { SpanKind, context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { AlwaysOffSampler, AlwaysOnSampler, InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import OpenAI from 'openai';

const exporter = new InMemorySpanExporter();
const sampler = process.env.SAMPLES === 'nothing' ? new AlwaysOffSampler() : new AlwaysOnSampler();
const resource = resourceFromAttributes({ 'service.name': 'as-the-app-says' });
const spanProcessors = process.env.OWN_PROCESSORS === 'none' ? [] : [new SimpleSpanProcessor({ exporter })];
const provider = new TracerProvider({ resource, sampler, spanProcessors });
const client = new OpenAI({ apiKey: 'test', baseURL: `${process.env.BASE_URL}/v1` });
const ask = (model) => client.chat.completions.create({ model, messages: [{ role: 'user', content: 'hello' }] });
const setUp = () => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  const hidden = { getTracer: (...names) => provider.getTracer(...names) };
  const isSet = trace.setGlobalTracerProvider(process.env.OWN_PROCESSORS === 'hidden' ? hidden : provider);
  if (!isSet) throw new Error('the provider was refused');
};

if (process.env.ORDER === 'before') setUp();
await import('@tokenledger/instrumentation/register');
const early = trace.getTracer('library that is loaded before the app sets up');
if (process.env.ORDER === 'late after') await ask('too-early');
if (process.env.ORDER !== 'before') setUp();

const tracer = trace.getTracer('app');
await tracer.startActiveSpan('work', async (span) => {
  await ask('plain');
  early.startSpan('early').end();
  // Another instrumentation's span around the call, with an HTTP span in between, as Next.js makes it.
  await tracer.startActiveSpan('chat x', { kind: SpanKind.CLIENT, attributes: { 'gen_ai.operation.name': 'chat' } }, async (chat) => {
    await tracer.startActiveSpan('fetch POST', { attributes: { 'http.request.method': 'POST' } }, async (http) => {
      await ask('adopted');
      http.end();
    });
    chat.end();
  });
  // A tool inside a model call is a step of its own: what it asks is another call.
  await tracer.startActiveSpan('chat y', { kind: SpanKind.CLIENT, attributes: { 'gen_ai.operation.name': 'chat' } }, async (chat) => {
    await tracer.startActiveSpan('execute_tool', { attributes: { 'gen_ai.operation.name': 'execute_tool' } }, async (tool) => {
      await ask('in-tool');
      tool.end();
    });
    chat.end();
  });
  span.end();
  await ask('last');
});
// The app ends as its documentation says: all that it did must be there now.
await provider.forceFlush();
const spans = exporter.getFinishedSpans().map((span) => ({
  name: span.name,
  spanId: span.spanContext().spanId,
  parentSpanId: span.parentSpanContext?.spanId,
  model: span.attributes['gen_ai.request.model'],
  tokens: span.attributes['gen_ai.usage.input_tokens'],
}));
process.stdout.write(JSON.stringify(spans));
