import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import http2 from 'node:http2';
import type { AddressInfo } from 'node:net';
import { crc32 } from 'node:zlib';

/** Whole answers of the providers that the simulator does not play, as their SDKs check them. Every answer: 11 tokens in, 5 out. */
export async function startProviderStub(): Promise<{ readonly url: string; close(): void }> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => answer(request, JSON.parse(Buffer.concat(chunks).toString() || '{}') as Asked, response));
  });
  return { url: `http://127.0.0.1:${await listen(server)}`, close: () => server.close() };
}

interface Asked {
  readonly model: string;
  readonly stream?: boolean;
}

const usage = { prompt_tokens: 11, completion_tokens: 5, total_tokens: 16 };
const cohereUsage = { billed_units: { input_tokens: 11, output_tokens: 5 }, tokens: { input_tokens: 99, output_tokens: 5 } };
const gemini = {
  responseId: 'r1',
  modelVersion: 'gemini-x',
  candidates: [{ content: { role: 'model', parts: [{ text: 'hi' }] }, finishReason: 'STOP', index: 0 }],
  usageMetadata: { promptTokenCount: 11, candidatesTokenCount: 2, thoughtsTokenCount: 3, totalTokenCount: 16 },
};

function answer(request: IncomingMessage, { model, stream }: Asked, response: ServerResponse): void {
  const path = (request.url ?? '').split('?')[0] ?? '';
  const json = (body: unknown): void => void response.setHeader('content-type', 'application/json').end(JSON.stringify(body));
  const events = (list: readonly unknown[]): void => {
    const lines = list.map((event) => `data: ${typeof event === 'string' ? event : JSON.stringify(event)}\n\n`);
    response.setHeader('content-type', 'text/event-stream').end(lines.join(''));
  };
  if (path.endsWith(':streamGenerateContent')) return events([gemini]);
  if (path.endsWith(':generateContent')) return json(gemini);
  if (path.endsWith('/chat/completions')) return stream ? events(openaiEvents(model)) : json(openaiCompletion(model));
  if (path.endsWith('/v2/chat')) return stream ? events(cohereEvents) : json(cohereAnswer);
  if (path.endsWith('/v2/rerank'))
    return json({ id: 'r', results: [{ index: 0, relevance_score: 1 }], meta: { billed_units: { search_units: 1 } } });
  if (path.endsWith('/api/chat')) return ollama(model, stream === true, response);
  response.writeHead(404).end('{}');
}

function openaiCompletion(model: string): object {
  const choice = { index: 0, message: { role: 'assistant', content: 'hi' }, finish_reason: 'stop' };
  return { id: 'c', object: 'chat.completion', created: 1, model, choices: [choice], usage };
}

function openaiEvents(model: string): readonly unknown[] {
  const chunk = (delta: object, finish_reason: string | null) => ({
    id: 'c',
    object: 'chat.completion.chunk',
    created: 1,
    model,
    choices: [{ index: 0, delta, finish_reason }],
  });
  return [chunk({ role: 'assistant', content: 'hi' }, null), { ...chunk({ content: '' }, 'stop'), usage }, '[DONE]'];
}

const cohereAnswer = {
  id: 'co',
  finish_reason: 'COMPLETE',
  message: { role: 'assistant', content: [{ type: 'text', text: 'hi' }] },
  usage: cohereUsage,
};
const cohereEvents = [
  { type: 'message-start', id: 'co', delta: { message: { role: 'assistant' } } },
  { type: 'content-delta', index: 0, delta: { message: { content: { text: 'hi' } } } },
  { type: 'message-end', id: 'co', delta: { finish_reason: 'COMPLETE', usage: cohereUsage } },
];

function ollama(model: string, isStream: boolean, response: ServerResponse): void {
  const part = { model, created_at: '2026-01-01T00:00:00Z', message: { role: 'assistant', content: 'hi' }, done: false };
  const last = { ...part, done: true, done_reason: 'stop', prompt_eval_count: 11, eval_count: 5 };
  const lines = isStream ? [part, { ...last, message: { role: 'assistant', content: '' } }] : [last];
  response.setHeader('content-type', 'application/x-ndjson').end(lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
}

/** Bedrock speaks HTTP/2 and its own frames. */
export async function startBedrockStub(): Promise<{ readonly url: string; close(): void }> {
  const server = http2.createServer();
  const bedrockUsage = { inputTokens: 11, outputTokens: 5, totalTokens: 16 };
  server.on('stream', (stream, headers) => {
    stream.resume().on('end', () => {
      const path = String(headers[':path']);
      const isStream = path.endsWith('-stream');
      stream.respond({ ':status': 200, 'content-type': isStream ? 'application/vnd.amazon.eventstream' : 'application/json' });
      if (isStream) {
        stream.write(frame('messageStart', { role: 'assistant' }));
        stream.write(frame('contentBlockDelta', { contentBlockIndex: 0, delta: { text: 'hi' } }));
        stream.write(frame('messageStop', { stopReason: 'end_turn' }));
        stream.end(frame('metadata', { usage: bedrockUsage, metrics: { latencyMs: 1 } }));
      } else if (path.endsWith('/converse')) {
        const output = { message: { role: 'assistant', content: [{ text: 'hi' }] } };
        stream.end(JSON.stringify({ output, stopReason: 'end_turn', usage: bedrockUsage, metrics: { latencyMs: 1 } }));
      } else stream.end(JSON.stringify({ id: 'msg_1', model: 'claude', usage: { input_tokens: 11, output_tokens: 5 } }));
    });
  });
  return { url: `http://127.0.0.1:${await listen(server)}`, close: () => server.close() };
}

/** Source: AWS Smithy specification, Amazon Event Stream. Header values are strings (type 7). */
function frame(type: string, payload: object): Buffer {
  const headers = Object.entries({ ':event-type': type, ':content-type': 'application/json', ':message-type': 'event' }).map(
    ([name, value]) => {
      const length = Buffer.alloc(2);
      length.writeUInt16BE(value.length);
      return Buffer.concat([Buffer.from([name.length]), Buffer.from(name), Buffer.from([7]), length, Buffer.from(value)]);
    },
  );
  const head = Buffer.concat(headers);
  const body = Buffer.from(JSON.stringify(payload));
  const prelude = Buffer.alloc(8);
  prelude.writeUInt32BE(16 + head.length + body.length, 0);
  prelude.writeUInt32BE(head.length, 4);
  const message = Buffer.concat([prelude, checksum(prelude), head, body]);
  return Buffer.concat([message, checksum(message)]);
}

function checksum(bytes: Buffer): Buffer {
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(bytes));
  return sum;
}

async function listen(server: Server | http2.Http2Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}
