// Another file in the same process, with modules and globals of its own.
require('@tokenledger/instrumentation/register');
const OpenAI = require('openai');

test('asks', async () => {
  const client = new OpenAI({ apiKey: 'test', baseURL: `${process.env.BASE_URL}/v1` });
  const { id } = await client.chat.completions.create({ model: 'jest_two', messages: [{ role: 'user', content: 'hello' }] });
  expect(id).toMatch(/^chatcmpl-/);
});

// The runner ends its processes as it likes: time for a batch to leave.
afterAll(() => new Promise((resolve) => setTimeout(resolve, 2_500)));
