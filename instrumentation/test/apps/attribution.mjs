// Calls of several teams at once, nested attributions, and outcomes.
import Anthropic from '@anthropic-ai/sdk';
import { recordOutcome, withAttribution } from '@tokenledger/instrumentation';
import OpenAI from 'openai';

const openai = new OpenAI({ apiKey: 'test', baseURL: `${process.env.BASE_URL}/v1` });
const anthropic = new Anthropic({ apiKey: 'test', baseURL: process.env.BASE_URL });
const ask = (model) => openai.chat.completions.create({ model, messages: [{ role: 'user', content: 'hello' }] });

await Promise.all(
  ['a', 'b', 'c'].map((team) =>
    withAttribution({ team, tags: { plan: 'gold' } }, async () => {
      await new Promise((resolve) => setTimeout(resolve, 5));
      await ask(`outer-${team}`);
      await withAttribution({ feature: 'search', customer: 42, user: 'u1', session: 's1', run: 'r1', environment: 'test' }, async () => {
        await ask(`inner-${team}`);
        await withAttribution({ team: 'z', promptName: 'greet', promptVersion: '7' }, () => ask(`deep-${team}`));
        recordOutcome({ name: 'resolved', success: team === 'a', value: 3 });
      });
      await anthropic.messages.create({ model: `adopted-${team}`, max_tokens: 9, messages: [{ role: 'user', content: 'hello' }] });
    }),
  ),
);
await ask('nobody');
process.stdout.write(withAttribution({ team: 'sync' }, () => 'returned'));
try {
  withAttribution({ team: 'throws' }, () => {
    throw new Error('mine');
  });
} catch (error) {
  process.stdout.write(` ${error.message}`);
}
