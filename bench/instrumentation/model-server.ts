/** A model and a collector for the benches, in a process of its own: answers prepared bytes at once. Prints its address. */
import { createServer } from 'node:http';
import type { ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

const CHUNKS = 400;
const PACED_CHUNKS = 10;
const PACE_MS = 2;

const usage = { prompt_tokens: 1200, completion_tokens: 300, total_tokens: 1500, prompt_tokens_details: { cached_tokens: 1000 } };
const whole = JSON.stringify({
  id: 'chatcmpl-1',
  object: 'chat.completion',
  model: 'gpt-5-2025-08-07',
  choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: 'It says what it cost. '.repeat(40) } }],
  usage,
});
const event = (fields: object): string =>
  `data: ${JSON.stringify({ id: 'chatcmpl-1', object: 'chat.completion.chunk', model: 'gpt-5-2025-08-07', ...fields })}\n\n`;
const word = event({ choices: [{ index: 0, delta: { content: ' word' }, finish_reason: null }], usage: null });
const end = `${event({ choices: [], usage })}data: [DONE]\n\n`;

async function stream(isPaced: boolean, response: ServerResponse): Promise<void> {
  response.setHeader('content-type', 'text/event-stream');
  for (let index = 0; index < (isPaced ? PACED_CHUNKS : CHUNKS); index++) {
    if (isPaced) await sleep(PACE_MS);
    response.write(word);
  }
  response.end(end);
}

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    if (!request.url?.startsWith('/v1/chat')) return response.end('ok');
    const body = Buffer.concat(chunks);
    if (body.includes('"stream":true')) return void stream(body.includes('"paced"'), response);
    response.setHeader('content-type', 'application/json').end(whole);
  });
});
server.listen(0, '127.0.0.1', () => process.stdout.write(`http://127.0.0.1:${(server.address() as AddressInfo).port}`));

// Ends with the bench, however that ends.
process.stdin.resume().once('end', () => {
  server.close();
  server.closeAllConnections();
});
