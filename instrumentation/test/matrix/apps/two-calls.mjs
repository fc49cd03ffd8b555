// One call whole and one streamed; prints what the app saw of them.
import OpenAI from 'openai';

const client = new OpenAI({ apiKey: 'test', baseURL: `${process.env.BASE_URL}/v1`, maxRetries: 0 });
const messages = [{ role: 'user', content: 'hello' }];
const { choices, usage } = await client.chat.completions.create({ model: 'whole', messages });
const asked = { model: 'streamed', messages, stream: true, stream_options: { include_usage: true } };
let text = '';
for await (const chunk of await client.chat.completions.create(asked)) text += chunk.choices[0]?.delta.content ?? '';
process.stdout.write(JSON.stringify([choices, usage, text]));
