require('@tokenledger/instrumentation/register');
const { withAttribution } = require('@tokenledger/instrumentation');
const OpenAI = require('openai');

const client = new OpenAI({ apiKey: 'test', baseURL: `${process.env.BASE_URL}/v1` });
const ask = (model) => client.chat.completions.create({ model, messages: [{ role: 'user', content: 'hello' }] });

test('asks', async () => {
  const { id } = await withAttribution({ team: 'red' }, () => ask('jest_one'));
  expect(id).toMatch(/^chatcmpl-/);
});

test('asks under fake timers', async () => {
  jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate'] });
  expect((await ask('jest_fake')).id).toMatch(/^chatcmpl-/);
  jest.useRealTimers();
});

// The runner ends its processes as it likes: time for a batch to leave.
afterAll(() => new Promise((resolve) => setTimeout(resolve, 2_500)));
