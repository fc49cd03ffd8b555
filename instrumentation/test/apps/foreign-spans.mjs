// Calls inside spans of other instrumentations: hidden in a wrapper, as OpenInference's, and never ended; prints what was exported.
import { SpanKind, context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import OpenAI from 'openai';

const exported = [];
const exporter = {
  export: (spans, done) => {
    exported.push(...spans);
    done({ code: 0 });
  },
  shutdown: async () => {},
};
const provider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] });
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
trace.setGlobalTracerProvider(provider);
const tracer = trace.getTracer('another');

class Wrapper {
  constructor(span) {
    this.config = { hideInputs: false };
    this.span = span;
  }
  setAttribute(key, value) {
    this.span.setAttribute(key, value);
    return this;
  }
  isRecording() {
    return this.span.isRecording();
  }
  spanContext() {
    return this.span.spanContext();
  }
  end() {
    this.span.end();
  }
}

const client = new OpenAI({ apiKey: 'test', baseURL: `${process.env.BASE_URL}/v1` });
const ask = (model) => client.chat.completions.create({ model, messages: [{ role: 'user', content: 'hello' }] });
const within = (span, model) => context.with(trace.setSpan(context.active(), span), () => ask(model));
const startWrapped = (name) => new Wrapper(tracer.startSpan(name, { attributes: { 'openinference.span.kind': 'LLM' } }));

// Of the first span we cannot know by its provider: it is there before we see that.
for (const name of ['first', 'second']) {
  const span = startWrapped(name);
  await within(span, name);
  span.end();
}
const attributes = { 'gen_ai.operation.name': 'chat', 'gen_ai.usage.input_tokens': 0, 'gen_ai.usage.output_tokens': 0 };
const counted = tracer.startSpan('counted nothing', { kind: SpanKind.CLIENT, attributes });
await within(counted, 'counted nothing');
counted.end();
const toldOf = async (model) => {
  for (let tries = 0; tries < 50 && !exported.some((span) => span.name === `chat ${model}`); tries++) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    globalThis.gc();
  }
};
// Somebody has this one all along, and ends it at last.
const late = tracer.startSpan('ended late', { kind: SpanKind.CLIENT, attributes });
await within(late, 'late');
// Nobody has this one any more.
await within(tracer.startSpan('never ended', { kind: SpanKind.CLIENT, attributes }), 'garbage');
await toldOf('garbage');
late.end();
const kept = tracer.startSpan('never ended', { kind: SpanKind.CLIENT, attributes });
await within(kept, 'kept');
await provider.forceFlush();
const flushed = tracer.startSpan('ended after the flush', { kind: SpanKind.CLIENT, attributes });
await within(flushed, 'flushed');
await provider.forceFlush();
flushed.setAttribute('gen_ai.usage.input_tokens', 7);
flushed.end();
await provider.shutdown();
if (!kept.isRecording()) throw new Error('somebody ended it');
process.stdout.write(JSON.stringify(exported.map((span) => [span.name, span.attributes['gen_ai.usage.input_tokens'] > 0])));
