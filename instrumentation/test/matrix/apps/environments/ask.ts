// What a TypeScript app does: asks once, whole and streamed, for a team.
import '@tokenledger/instrumentation/register';
import { withAttribution } from '@tokenledger/instrumentation';
import OpenAI from 'openai';

enum Kind {
  Whole = 'whole',
  Streamed = 'streamed',
}

async function main(): Promise<void> {
  const client = new OpenAI({ apiKey: 'test', baseURL: `${process.env['BASE_URL']}/v1` });
  const messages = [{ role: 'user' as const, content: 'hello' }];
  await withAttribution({ team: 'red' }, async () => {
    const { id } = await client.chat.completions.create({ model: Kind.Whole, messages });
    const stream = await client.chat.completions.create({
      model: Kind.Streamed,
      messages,
      stream: true,
      stream_options: { include_usage: true },
    });
    for await (const chunk of stream) if (!chunk.id) throw new Error('no id');
    console.log(id.startsWith('chatcmpl-'));
  });
}

void main();
