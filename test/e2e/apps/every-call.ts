// An app as anyone writes it: the one import first, then the real SDKs. It asks for every kind of call the wire capture promises.
import '@tokenledger/instrumentation/register';
import Anthropic from '@anthropic-ai/sdk';
import { withAttribution } from '@tokenledger/instrumentation';
import OpenAI from 'openai';

const simulator = process.env['SIMULATOR_URL'] ?? '';
const prompt = process.env['CANARY'] ?? 'hello';
const openai = new OpenAI({ baseURL: `${simulator}/v1`, apiKey: 'sk-test', maxRetries: 0 });
const anthropic = new Anthropic({ baseURL: simulator, apiKey: 'sk-ant-test', maxRetries: 0 });
const messages = [{ role: 'user' as const, content: prompt }];
const simulate = (answer: object) => ({ headers: { 'x-simulate': JSON.stringify(answer) } });

const chatUsage = {
  prompt_tokens: 10_000,
  completion_tokens: 2_000,
  total_tokens: 12_000,
  prompt_tokens_details: { cached_tokens: 4_000 },
  completion_tokens_details: { reasoning_tokens: 1_500 },
};
const messagesUsage = {
  input_tokens: 2_000,
  output_tokens: 1_000,
  cache_read_input_tokens: 6_000,
  cache_creation_input_tokens: 2_000,
  cache_creation: { ephemeral_5m_input_tokens: 2_000, ephemeral_1h_input_tokens: 0 },
};

await withAttribution(
  { team: 'search', feature: 'answers', customer: 'acme', user: 'u-1', session: 's-1', run: 'r-1', environment: 'test' },
  async () => {
    await openai.chat.completions.create({ model: 'gpt-5', messages }, simulate({ usage: chatUsage }));
    await openai.chat.completions.create({ model: 'gpt-5', messages, service_tier: 'flex' });
    for await (const _ of await openai.chat.completions.create(
      { model: 'gpt-5', messages, stream: true, stream_options: { include_usage: true } },
      simulate({ usage: chatUsage }),
    ));
    await openai.responses.create({ model: 'gpt-5-mini', input: prompt });
    for await (const _ of await openai.responses.create({ model: 'gpt-5-mini', input: prompt, stream: true }));
    await openai.embeddings.create({ model: 'text-embedding-3-small', input: prompt });
  },
);
await withAttribution({ team: 'support', feature: 'triage' }, async () => {
  await anthropic.messages.create({ model: 'claude-sonnet-4-5', max_tokens: 100, messages }, simulate({ usage: messagesUsage }));
  for await (const _ of anthropic.messages.stream(
    { model: 'claude-sonnet-4-5', max_tokens: 100, messages },
    simulate({ usage: messagesUsage }),
  ));
  await anthropic.messages.create({ model: 'claude-haiku-4-5', max_tokens: 100, messages });
  await anthropic.messages
    .create({ model: 'claude-haiku-4-5', max_tokens: 100, messages }, simulate({ status: 429 }))
    .catch(() => undefined);
});
