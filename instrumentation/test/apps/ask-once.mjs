// Makes one call and then ends in the way it is told to.
// oxlint-disable unicorn/no-process-exit -- how apps end is what this one is for
import { flush, recordOutcome } from '@tokenledger/instrumentation';
import { trace } from '@opentelemetry/api';
import { BatchSpanProcessor, InMemorySpanExporter, TracerProvider } from '@opentelemetry/sdk-trace';
import OpenAI from 'openai';

const { ENDING } = process.env;
const onSigterm = () => {
  process.stdout.write('handled\n');
  setTimeout(() => process.exit(5), 100);
};
if (ENDING === 'handle_sigterm_early') process.once('SIGTERM', onSigterm);

if (ENDING === 'outcome_only') {
  recordOutcome({ name: 'done', success: true });
  process.exit(0);
}

// An OpenTelemetry SDK of the app's own, which hands spans on after seconds, to nobody here.
if (process.env.OWN_SDK) {
  const exporter = new InMemorySpanExporter();
  const batching = new BatchSpanProcessor({ exporter });
  // As Vercel's package has it.
  const around = {
    processors: [batching],
    onStart() {},
    onEnd: (span) => batching.onEnd(span),
    forceFlush: async () => {},
    shutdown: async () => {},
  };
  const provider = new TracerProvider({ spanProcessors: [process.env.OWN_SDK === 'left inside' ? around : batching] });
  trace.setGlobalTracerProvider(provider);
  if (process.env.OWN_SDK === 'shut down') process.on('beforeExit', () => provider.shutdown());
}

const client = new OpenAI({ apiKey: 'test', baseURL: `${process.env.BASE_URL}/v1`, maxRetries: 0 });
const completion = await client.chat.completions.create({ model: 'gpt-5-mini', messages: [{ role: 'user', content: 'hello' }] });
process.stdout.write(`${completion.id}\n`);

const endings = {
  naturally: () => {
    // Around all that others do at exit.
    let beganAtMs = 0;
    process.prependListener('exit', () => (beganAtMs = performance.now()));
    process.on('exit', () => process.stdout.write(`${performance.now() - beganAtMs}\n`));
  },
  exit: () => process.exit(3),
  // As a platform does that takes the machine away once a request is answered.
  flush: async () => {
    for (let times = Number(process.env.FLUSHES ?? 1); times > 0; times--) {
      const beganAtMs = performance.now();
      await flush();
      process.stdout.write(`${performance.now() - beganAtMs}\n`);
    }
    process.kill(process.pid, 'SIGKILL');
  },
  throw: () => {
    throw new Error('the app broke');
  },
  // Of a container: what asks it to end it does not hear.
  survive_as_first_process: async () => {
    process.kill(1, 'SIGTERM');
    await new Promise((resolve) => setTimeout(resolve, 200));
    await client.chat.completions.create({ model: 'afterwards', messages: [{ role: 'user', content: 'hello' }] });
    process.exit(process.pid === 1 ? 0 : 9);
  },
  wait: () => setTimeout(() => {}, 30_000),
  handle_sigterm: () => {
    process.once('SIGTERM', onSigterm);
    setTimeout(() => {}, 30_000);
  },
  handle_sigterm_early: () => setTimeout(() => {}, 30_000),
  // What the package signal-exit 4 does when an app only cleans up at exit.
  signal_exit: () => {
    const emitter = { count: 1 };
    globalThis[Symbol.for('signal-exit emitter')] = emitter;
    const onSignal = () => {
      if (process.listeners('SIGTERM').length !== emitter.count) return;
      process.removeListener('SIGTERM', onSignal);
      process.kill(process.pid, 'SIGTERM');
    };
    process.on('SIGTERM', onSignal);
    setTimeout(() => {}, 30_000);
  },
  exit_while_streaming: async () => {
    const stream = await client.chat.completions.create(
      { model: 'gpt-5-mini', stream: true, messages: [{ role: 'user', content: 'hello' }] },
      { headers: { 'x-simulate': '{"chunk_delay_ms":100}' } },
    );
    for await (const _ of stream) process.exit(0);
  },
  exit_at_last_chunk: async () => {
    const stream = await client.chat.completions.create({
      model: 'gpt-5-mini',
      stream: true,
      stream_options: { include_usage: true },
      messages: [{ role: 'user', content: 'hello' }],
    });
    for await (const chunk of stream) if (chunk.usage) process.exit(0);
  },
};
await endings[ENDING]();
