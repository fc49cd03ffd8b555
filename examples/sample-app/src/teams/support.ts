import { zodResponseFormat } from 'openai/helpers/zod';
import { z } from 'zod';
import type { Task } from '../task.ts';

const RULES = 'You answer customers of a shop. Be short and kind. '.repeat(200);
const QUESTIONS = ['Where is my order?', 'How do I return it?', 'May I pay by invoice?', 'The code does not work.'] as const;

const Ticket = z.object({ topic: z.enum(['order', 'return', 'payment', 'other']), urgent: z.boolean() });

/** The customer reads along; some close the window before the end. */
const chat: Task = {
  team: 'support',
  feature: 'chat',
  weight: 10,
  async run({ openai }, chance) {
    const stream = await openai.chat.completions.create({
      model: 'gpt-5-mini',
      messages: [
        { role: 'system', content: RULES },
        { role: 'user', content: chance.pick(QUESTIONS) },
      ],
      stream: true,
      stream_options: { include_usage: true },
    });
    const closesWindow = chance.happens(0.03);
    for await (const _chunk of stream) if (closesWindow) break;
  },
};

const triage: Task = {
  team: 'support',
  feature: 'triage',
  weight: 5,
  async run({ openai }, chance) {
    await openai.chat.completions.parse({
      model: 'gpt-4.1-nano',
      messages: [{ role: 'user', content: chance.pick(QUESTIONS) }],
      response_format: zodResponseFormat(Ticket, 'ticket'),
    });
  },
};

const orderStatus: Task = {
  team: 'support',
  feature: 'order-status',
  weight: 3,
  calls: 2,
  async run({ openai }) {
    const runner = openai.chat.completions.runTools({
      model: 'gpt-4.1-mini',
      messages: [{ role: 'user', content: 'Where is order 1234?' }],
      tools: [
        {
          type: 'function',
          function: {
            name: 'find_order',
            description: 'Where an order is',
            parse: JSON.parse,
            parameters: { type: 'object', properties: { order: { type: 'string' } }, required: ['order'] },
            function: () => 'on its way',
          },
        },
      ],
    });
    await runner.finalContent();
  },
};

/** Rules and conversation stay the same for minutes, so they are cached. */
const summary: Task = {
  team: 'support',
  feature: 'summary',
  weight: 4,
  async run({ anthropic }) {
    await anthropic.messages.create({
      model: 'claude-haiku-4-5',
      max_tokens: 400,
      system: [{ type: 'text', text: RULES, cache_control: { type: 'ephemeral' } }],
      messages: [{ role: 'user', content: 'Summarise the conversation.' }],
    });
  },
};

/** A model nobody has a price for: it must show as unpriced, never as free. */
const tone: Task = {
  team: 'support',
  feature: 'tone-experiment',
  weight: 1,
  async run({ openai }) {
    await openai.chat.completions.create({ model: 'acme-tone-v2', messages: [{ role: 'user', content: 'Say it more kindly.' }] });
  },
};

export const supportTasks = [chat, triage, orderStatus, summary, tone] as const satisfies readonly Task[];
