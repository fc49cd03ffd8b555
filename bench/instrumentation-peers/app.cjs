// What apps do with the OpenAI SDK, one after the other; then, if asked, how long calls and streams take.
const OpenAI = require('openai');
const { openaiBehaviours } = require('./openai-behaviours.cjs');
const { runBehaviours } = require('./run-behaviours.cjs');

const { BASE_URL, FLAKY_URL, CLOSED_URL, TIMED_URL } = process.env;

const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

async function timed() {
  const client = new OpenAI({ apiKey: 'bench', baseURL: `${TIMED_URL}/v1` });
  const messages = [{ role: 'user', content: 'What does the ledger say about this week? '.repeat(20) }];
  const call = () => client.chat.completions.create({ model: 'gpt-5', messages });
  const firsts = [];
  const stream = async () => {
    const startedAt = performance.now();
    let first;
    for await (const _ of await client.chat.completions.create({
      model: 'gpt-5',
      messages,
      stream: true,
      stream_options: { include_usage: true },
    })) {
      first ??= performance.now() - startedAt;
    }
    firsts.push(first * 1000);
  };
  for (let index = 0; index < 200; index++) await call();
  const took = [];
  const before = process.cpuUsage();
  for (let index = 0; index < 800; index++) {
    const startedAt = performance.now();
    await call();
    took.push((performance.now() - startedAt) * 1000);
  }
  const { user, system } = process.cpuUsage(before);
  for (let index = 0; index < 15; index++) await stream();
  return { callUs: median(took), callCpuUs: (user + system) / 800, firstChunkUs: median(firsts) };
}

async function main() {
  const loaded = process.cpuUsage();
  if (process.env.ONLY_START) return { startMs: (loaded.user + loaded.system) / 1000 };
  if (TIMED_URL) return timed();
  return runBehaviours(openaiBehaviours(OpenAI, { baseUrl: BASE_URL, flakyUrl: FLAKY_URL, closedUrl: CLOSED_URL }), 'openai');
}

void main().then(async (result) => {
  process.stdout.write(JSON.stringify(result));
  await globalThis.flushSpans?.();
  process.exit(0);
});
process.on('unhandledRejection', () => {});
