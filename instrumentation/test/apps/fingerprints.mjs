// The same prompt twice, then with another question, then with other instructions. The model names the case.
import OpenAI from 'openai';

const client = new OpenAI({ apiKey: 'test', baseURL: `${process.env.BASE_URL}/v1` });
const ask = (model, system, question) =>
  client.chat.completions.create({ model, messages: [{ role: 'system', content: system }, question] });
await ask('first', 'be brief', { role: 'user', content: 'one' });
await ask('again', 'be brief', { content: 'one', role: 'user' });
await ask('other_question', 'be brief', { role: 'user', content: 'two' });
await ask('other_system', 'be long', { role: 'user', content: 'one' });
