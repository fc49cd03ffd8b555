// An app with the real OpenAI SDK that does over IPC what it is told, so many times, and says how long each took.
const OpenAI = require('openai');

const url = process.env.MODEL_URL;
const client = new OpenAI({ apiKey: 'bench', baseURL: `${url}/v1`, maxRetries: 0 });
const messages = [{ role: 'user', content: 'What does the ledger say about this week? '.repeat(20) }];

/** Time until the first chunk; the whole of it is what `repeat` measures. */
async function readStream(model) {
  const startedAt = performance.now();
  let first;
  const request = { model, messages, stream: true, stream_options: { include_usage: true } };
  for await (const _ of await client.chat.completions.create(request)) first ??= performance.now() - startedAt;
  return first;
}

const WORKS = {
  call: () => client.chat.completions.create({ model: 'gpt-5', messages }).then(() => undefined),
  stream: () => readStream('gpt-5'),
  pacedStream: () => readStream('paced'),
  other: async () => void (await (await fetch(`${url}/other`)).text()),
};

const middle = (values) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)] * 1000;

async function repeat(work, times) {
  const took = [];
  const firsts = [];
  for (let index = 0; index < times; index++) {
    const startedAt = performance.now();
    const first = await WORKS[work]();
    took.push(performance.now() - startedAt);
    if (first !== undefined) firsts.push(first);
  }
  return { wallUs: middle(took), ...(firsts.length > 0 && { firstChunkUs: middle(firsts) }) };
}

process.on('message', async ({ work, times }) => {
  const answer = work === 'usage' ? usage() : await repeat(work, times);
  process.send(answer);
});

function usage() {
  const { user, system } = process.cpuUsage();
  return { cpuUs: user + system, rssMb: process.memoryUsage.rss() / 1024 / 1024 };
}

process.send('ready');
