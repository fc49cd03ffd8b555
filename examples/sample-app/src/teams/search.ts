import type { Task } from '../task.ts';

const PAGES = ['How to return an order', 'Delivery times', 'Payment by invoice', 'Gift cards', 'Repairs'] as const;

const index: Task = {
  team: 'search',
  feature: 'index',
  weight: 6,
  async run({ openai }, chance) {
    const input = PAGES.map((page) => `${page}. ${'A paragraph of the page. '.repeat(chance.pick([5, 20, 80]))}`);
    await openai.embeddings.create({ model: 'text-embedding-3-small', input });
  },
};

/** A question costs two calls: where to look, and what to say. */
const answer: Task = {
  team: 'search',
  feature: 'answer',
  weight: 5,
  calls: 2,
  async run({ openai }, chance) {
    const question = chance.pick(PAGES);
    await openai.embeddings.create({ model: 'text-embedding-3-small', input: question });
    const stream = await openai.responses.create({ model: 'gpt-5', input: question, stream: true });
    for await (const _event of stream);
  },
};

const news: Task = {
  team: 'search',
  feature: 'market-news',
  weight: 1,
  async run({ openai }) {
    await openai.responses.create({ model: 'gpt-5', input: 'What is new in our market?', tools: [{ type: 'web_search' }] });
  },
};

/** Nobody waits for it, so it takes the cheaper tier. */
const report: Task = {
  team: 'search',
  feature: 'nightly-report',
  weight: 2,
  async run({ openai }) {
    await openai.responses.create({ model: 'gpt-5', input: 'Which searches found nothing?', service_tier: 'flex' });
  },
};

export const searchTasks = [index, answer, news, report] as const satisfies readonly Task[];
