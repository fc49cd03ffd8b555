// A server of several processes: two workers answer by asking a model.
const cluster = require('node:cluster');
const { createServer } = require('node:http');
const OpenAI = require('openai');

if (cluster.isPrimary) {
  const workers = [cluster.fork({ NAME: 'first' }), cluster.fork({ NAME: 'second' })];
  let listening = 0;
  cluster.on('listening', async (_, { port }) => {
    if (++listening < workers.length) return;
    const answers = [];
    for (let index = 0; index < workers.length; index++) {
      answers.push(await (await fetch(`http://127.0.0.1:${port}`, { headers: { connection: 'close' } })).text());
    }
    console.log(answers.every((answer) => answer.startsWith('chatcmpl-')));
    for (const worker of workers) worker.kill();
  });
} else {
  const client = new OpenAI({ apiKey: 'test', baseURL: `${process.env.BASE_URL}/v1` });
  const ask = () => client.chat.completions.create({ model: process.env.NAME, messages: [{ role: 'user', content: 'hello' }] });
  createServer((_, response) => void ask().then(({ id }) => response.end(id))).listen(0, '127.0.0.1');
}
