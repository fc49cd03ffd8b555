import { createServer, request } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import http2 from 'node:http2';
import { connect } from 'node:net';
import type { AddressInfo } from 'node:net';
import { crc32 } from 'node:zlib';

/** Whole answers of the providers that the simulator does not play, as their SDKs check them. Every answer: 11 tokens in, 5 out. */
export async function startProviderStub(): Promise<{ readonly url: string; close(): void }> {
  const server = createServer((asked, response) => {
    const chunks: Buffer[] = [];
    asked.on('data', (chunk: Buffer) => chunks.push(chunk));
    asked.on('end', () => answer(asked, JSON.parse(Buffer.concat(chunks).toString() || '{}') as Asked, response));
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

function answer(asked: IncomingMessage, { model, stream }: Asked, response: ServerResponse): void {
  const path = (asked.url ?? '').split('?')[0] ?? '';
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
  if (path.endsWith(':batchEmbedContents') || path.endsWith(':embedContent')) return json({ embeddings: [{ values: [0.5] }] });
  if (path.endsWith('/interactions')) return json(interaction(model));
  if (path.endsWith('/ocr')) return json({ model, pages: [{ index: 0, markdown: 'hi', images: [], dimensions: null }], usage_info: pages });
  if (path.endsWith('/embeddings'))
    return json({ object: 'list', data: [{ index: 0, embedding: [1] }], model, usage: { total_tokens: 11 } });
  // A prediction is under way when it is asked for, and done when it is asked about.
  if (path.endsWith('/predictions')) return json({ ...prediction(asked), status: 'starting' });
  if (path.includes('/predictions/'))
    return json({ ...prediction(asked), status: 'succeeded', output: 'hi', metrics: { predict_time: 1.5 } });
  if (path.endsWith('/language-model')) return asked.headers['ai-language-model-streaming'] === 'true' ? events(aiEvents) : json(aiAnswer);
  if (path.endsWith('/api/chat')) return ollama(model, stream === true, response);
  response.writeHead(404).end('{}');
}

const pages = { pages_processed: 2, doc_size_bytes: null };

function interaction(model: string): object {
  const counted = { total_input_tokens: 11, total_output_tokens: 2, total_thought_tokens: 3, total_tokens: 16 };
  return { id: 'i1', object: 'interaction', model, status: 'completed', outputs: [{ type: 'text', text: 'hi' }], usage: counted };
}

function prediction({ headers }: IncomingMessage): object {
  return { id: 'p1', model: 'owner/replicate', version: 'v', input: {}, urls: { get: `http://${headers.host}/v1/predictions/p1` } };
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

const aiCounts = { inputTokens: { total: 11, noCache: 11 }, outputTokens: { total: 5, text: 5 } };
const aiAnswer = { content: [{ type: 'text', text: 'hi' }], finishReason: { unified: 'stop', raw: 'stop' }, usage: aiCounts, warnings: [] };
const aiEvents = [
  { type: 'stream-start', warnings: [] },
  { type: 'text-start', id: '0' },
  { type: 'text-delta', id: '0', delta: 'hi' },
  { type: 'text-end', id: '0' },
  { type: 'finish', finishReason: { unified: 'stop', raw: 'stop' }, usage: aiCounts },
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
      const isInvoke = path.includes('/invoke');
      stream.respond({ ':status': 200, 'content-type': isStream ? 'application/vnd.amazon.eventstream' : 'application/json' });
      if (isStream && isInvoke) {
        const event = { type: 'message_stop', 'amazon-bedrock-invocationMetrics': { inputTokenCount: 11, outputTokenCount: 5 } };
        stream.end(frame('chunk', { bytes: Buffer.from(JSON.stringify(event)).toString('base64') }));
      } else if (isStream) {
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

/** A proxy for plain HTTP: requests name the whole address, or ask for a tunnel. */
export async function startHttpProxy(): Promise<{ readonly url: string; close(): void }> {
  const server = createServer((incoming, outgoing) => {
    const passed = request(incoming.url ?? '', { method: incoming.method, headers: incoming.headers }, (answered) => {
      outgoing.writeHead(answered.statusCode ?? 502, answered.headers);
      answered.pipe(outgoing);
    });
    incoming.pipe(passed);
  });
  server.on('connect', (incoming, socket) => {
    const [host, port] = (incoming.url ?? '').split(':');
    const upstream = connect(Number(port), host);
    socket.write('HTTP/1.1 200 OK\r\n\r\n');
    upstream.pipe(socket).pipe(upstream);
    for (const [one, other] of [
      [socket, upstream],
      [upstream, socket],
    ] as const)
      one.on('error', () => other.destroy());
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
  // On a busy machine a client may use a connection again just when the server's usual 5 s are over.
  if ('keepAliveTimeout' in server) server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}
