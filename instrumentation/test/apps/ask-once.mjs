// Makes one call and then ends in the way it is told to.
import OpenAI from 'openai';

const client = new OpenAI({ apiKey: 'test', baseURL: `${process.env.BASE_URL}/v1`, maxRetries: 0 });
const completion = await client.chat.completions.create({ model: 'gpt-5-mini', messages: [{ role: 'user', content: 'hello' }] });
process.stdout.write(`${completion.id}\n`);

const endings = {
  naturally: () => {},
  exit: () => process.exit(3),
  throw: () => {
    throw new Error('the app broke');
  },
  wait: () => setTimeout(() => {}, 30_000),
  handle_sigterm: () => {
    process.once('SIGTERM', () => {
      process.stdout.write('handled\n');
      process.exit(5);
    });
    setTimeout(() => {}, 30_000);
  },
  exit_while_streaming: async () => {
    const stream = await client.chat.completions.create(
      { model: 'gpt-5-mini', stream: true, messages: [{ role: 'user', content: 'hello' }] },
      { headers: { 'x-simulate': '{"chunk_delay_ms":100}' } },
    );
    for await (const _ of stream) process.exit(0);
  },
};
await endings[process.env.ENDING]();
