import { betaTool } from '@anthropic-ai/sdk/helpers/beta/json-schema';
import { recordOutcome } from '@tokenledger/instrumentation';
import type { Task } from '../task.ts';

const GUIDE = 'Names say what a thing is. Functions do one thing. '.repeat(300);
const DIFF = '+ const total = prices.reduce((sum, price) => sum + price, 0);';

/** The style guide is long and the same all day: cached for an hour. */
const review: Task = {
  team: 'platform',
  feature: 'code-review',
  weight: 4,
  async run({ anthropic }) {
    const stream = anthropic.messages.stream({
      model: 'claude-sonnet-4-6',
      max_tokens: 2000,
      system: [{ type: 'text', text: GUIDE, cache_control: { type: 'ephemeral', ttl: '1h' } }],
      messages: [{ role: 'user', content: `Review this change:\n${DIFF}` }],
    });
    await stream.finalMessage();
  },
};

const fix: Task = {
  team: 'platform',
  feature: 'fix-agent',
  weight: 2,
  calls: 2,
  async run({ anthropic }, chance) {
    const runner = anthropic.beta.messages.toolRunner({
      model: 'claude-opus-4-5',
      max_tokens: 4000,
      messages: [{ role: 'user', content: 'Make the failing test pass.' }],
      tools: [
        betaTool({
          name: 'run_tests',
          description: 'Runs the tests of a file',
          inputSchema: { type: 'object', properties: { file: { type: 'string' } }, required: ['file'] },
          run: () => '1 test failed',
        }),
      ],
    });
    await runner.runUntilDone();
    recordOutcome({ name: 'test-passes', success: chance.happens(0.8) });
  },
};

const commitMessage: Task = {
  team: 'platform',
  feature: 'commit-message',
  weight: 4,
  async run({ openai }) {
    await openai.responses.create({ model: 'gpt-5-nano', input: `One line for this change:\n${DIFF}` });
  },
};

export const platformTasks = [review, fix, commitMessage] as const satisfies readonly Task[];
