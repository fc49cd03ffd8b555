import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';

export const dynamic = 'force-dynamic';

export async function GET() {
  const openai = new OpenAI({ apiKey: 'test', baseURL: `${process.env.BASE_URL}/v1` });
  const anthropic = new Anthropic({ apiKey: 'test', baseURL: process.env.BASE_URL });
  const messages = [{ role: 'user', content: 'hello' }];
  await openai.chat.completions.create({ model: 'openai', messages });
  const asked = { model: 'openai_stream', messages, stream: true, stream_options: { include_usage: true } };
  for await (const _ of await openai.chat.completions.create(asked));
  await anthropic.messages.create({ model: 'anthropic', max_tokens: 5, messages });
  await anthropic.messages.stream({ model: 'anthropic_stream', max_tokens: 5, messages }).finalMessage();
  return Response.json({ ok: true });
}
