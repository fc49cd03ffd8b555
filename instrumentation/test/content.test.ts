import { expect, test } from 'vitest';
import { enableContent } from '../src/content.ts';
import { enableFingerprints } from '../src/fingerprint.ts';
import { follow } from './follow.ts';

test('a stream that breaks off within an escape is told with the text before it', () => {
  enableContent();
  const whole = 'data: {"id":"c","choices":[{"delta":{"content":"hi"}}]}\n\n';
  const call = follow({
    url: 'https://api.openai.com/v1/chat/completions',
    request: { model: 'gpt-5', stream: true, messages: [] },
    headers: { 'content-type': 'text/event-stream' },
    bytes: Buffer.from(`${whole}data: {"id":"c","choices":[{"delta":{"content":"x\\u00`),
  });
  expect(call?.attributes['gen_ai.output.messages']).toBe('[{"role":"assistant","parts":[{"type":"text","content":"hi"}]}]');
});

test('prompts of which not all is read are not taken for the same one', () => {
  enableFingerprints('key');
  const ask = (content: string) =>
    follow({
      url: 'https://api.openai.com/v1/chat/completions',
      request: { model: 'gpt-5', messages: [{ role: 'user', content }] },
      json: {},
    });
  const of = (content: string) => ask(content)?.attributes['tokenledger.prompt.fingerprint'];
  expect([of('a') === of('a'), of('a') === of('b')]).toEqual([true, false]);
  expect(of('x'.repeat(3_000_000))).toBeUndefined();
});
