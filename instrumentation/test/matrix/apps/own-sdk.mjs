// An app with spans of its own around its calls, attribution, and an OpenTelemetry SDK that it stops at the end.
import { trace } from '@opentelemetry/api';
import { recordOutcome, withAttribution } from '@tokenledger/instrumentation';
import OpenAI from 'openai';

const openai = new OpenAI({ apiKey: 'test', baseURL: `${process.env.BASE_URL}/v1` });
const messages = [{ role: 'user', content: 'hello' }];
const seen = {};
await withAttribution({ team: 'red', tags: { tier: 'gold' } }, () =>
  trace.getTracer('app').startActiveSpan('parent', async (span) => {
    seen.plain = (await openai.chat.completions.create({ model: 'plain', messages })).usage;
    const options = { model: 'streamed', messages, stream: true, stream_options: { include_usage: true } };
    for await (const chunk of await openai.chat.completions.create(options)) seen.streamed = chunk.usage ?? seen.streamed;
    recordOutcome({ name: 'answered', success: true });
    span.end();
  }),
);
process.stdout.write(JSON.stringify(seen));
await globalThis.stopTheirSdk?.();
