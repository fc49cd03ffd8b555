// A test suite of an app, which imports us as its setup file does.
import '@tokenledger/instrumentation/register';
import OpenAI from 'openai';
import { afterAll, expect, test, vi } from 'vitest';

const openai = new OpenAI({ apiKey: 'test', baseURL: `${process.env.SIMULATOR_URL}/v1` });

test.each(['real', 'fake'])('a call under %s timers', async (timers) => {
  if (timers === 'fake') vi.useFakeTimers({ toFake: ['setTimeout', 'setInterval', 'Date'] });
  const completion = await openai.chat.completions.create({ model: `vitest_${timers}`, messages: [{ role: 'user', content: 'hello' }] });
  expect(completion.usage.total_tokens).toBeGreaterThan(0);
  vi.useRealTimers();
});

// The runner ends its processes as it likes: time for a batch to leave.
afterAll(() => new Promise((resolve) => setTimeout(resolve, 2_000)));
