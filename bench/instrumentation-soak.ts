/**
 * What the one import does under more calls than an app will make: `node bench/instrumentation-soak.ts [seconds]`, after
 * `npm run build -w instrumentation`.
 *
 * A process gets 10,000 calls a second on undici's diagnostics channels, as undici tells them, every tenth a stream that nobody ends
 * well, while the collector is well, absent, silent or refusing. Told: spans that arrived, memory that stayed after collection, CPU
 * per call, and whatever was printed or left unhandled.
 */
import { spawn } from 'node:child_process';
import diagnosticsChannel from 'node:diagnostics_channel';
import { createServer } from 'node:http';
import type { ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';

const SECONDS = Number(process.argv[2] ?? 5);
const CALLS_PER_SECOND = 10_000;
const CALLS_PER_TURN = 100;
const REGISTER = pathToFileURL(join(import.meta.dirname, '../instrumentation/dist/esm/register.js')).href;

interface Soaked {
  readonly calls: number;
  readonly heldMb: number;
  readonly cpuUs: number;
  readonly unhandled: number;
}

async function compare(): Promise<void> {
  const collectors: Readonly<Record<string, () => Promise<Collector | undefined>>> = {
    well: () => startCollector((response) => response.setHeader('content-type', 'application/x-protobuf').end()),
    absent: () => Promise.resolve(undefined),
    silent: () => startCollector(() => {}),
    refusing: () => startCollector((response) => response.writeHead(503, { 'retry-after': '1' }).end()),
  };
  const rows: Record<string, Record<string, unknown>> = {};
  for (const [name, start] of Object.entries(collectors)) {
    const sink = await start();
    const endpoint = sink?.url ?? 'http://127.0.0.1:1';
    const { out, printed, code } = await run({ SOAK_SECONDS: String(SECONDS), OTEL_EXPORTER_OTLP_ENDPOINT: endpoint });
    const { calls, heldMb, cpuUs, unhandled } = JSON.parse(out) as Soaked;
    const spans = sink?.spans() ?? 0;
    rows[name] = {
      calls,
      spans,
      'MB held': heldMb.toFixed(1),
      'CPU µs a call': cpuUs.toFixed(1),
      unhandled,
      printed: printed.length,
      code,
    };
    sink?.close();
  }
  console.table(rows);
}

interface Collector {
  readonly url: string;
  spans(): number;
  close(): void;
}

async function startCollector(answer: (response: ServerResponse) => void): Promise<Collector> {
  let spans = 0;
  const server = createServer((request, response) => {
    const body: Buffer[] = [];
    request.on('data', (piece: Buffer) => body.push(piece));
    request.on('end', () => {
      const bytes = Buffer.concat(body);
      const isJson = request.headers['content-type']?.includes('json');
      spans += isJson ? bytes.toString().split('"startTimeUnixNano"').length - 1 : countSpans(bytes);
      answer(response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = (): void => {
    server.closeAllConnections();
    server.close();
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, spans: () => spans, close };
}

/** Spans are field 2 of field 2 of field 1 of an OTLP request, with anything else beside them. */
function countSpans(message: Buffer, [wanted, ...deeper]: readonly number[] = [1, 2, 2]): number {
  let count = 0;
  for (let at = 0; at < message.length;) {
    const field = (message[at++] ?? 0) >> 3;
    let length = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = message[at++] ?? 0;
      length += (byte & 0x7f) << shift;
      if (byte < 0x80) break;
    }
    if (field === wanted) count += deeper.length === 0 ? 1 : countSpans(message.subarray(at, at + length), deeper);
    at += length;
  }
  return count;
}

function run(
  env: Readonly<Record<string, string>>,
): Promise<{ readonly out: string; readonly printed: string; readonly code: number | null }> {
  const child = spawn(process.execPath, ['--expose-gc', '--import', REGISTER, import.meta.filename], {
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const texts = { out: '', printed: '' };
  child.stdout.on('data', (chunk: Buffer) => (texts.out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (texts.printed += chunk.toString()));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ ...texts, code }));
  });
}

async function soak(seconds: number): Promise<void> {
  let unhandled = 0;
  process.on('unhandledRejection', () => unhandled++);
  process.on('uncaughtException', () => unhandled++);
  // What is loaded with the first call is not what calls leave behind.
  tell(0);
  await sleep(3_000);
  const before = heldMb();
  const cpu = process.cpuUsage();
  const startedAt = performance.now();
  let calls = 0;
  while (performance.now() - startedAt < seconds * 1_000) {
    const due = ((performance.now() - startedAt) / 1_000) * CALLS_PER_SECOND;
    // A machine that cannot keep up gets fewer calls, not all at once: no socket could tell them in one turn.
    for (let turn = 0; calls < due && turn < CALLS_PER_TURN; turn++) tell(calls++);
    await sleep(1);
  }
  const { user, system } = process.cpuUsage(cpu);
  await sleep(3_000);
  const result: Soaked = { calls, heldMb: heldMb() - before, cpuUs: (user + system) / calls, unhandled };
  process.stdout.write(JSON.stringify(result));
}

function heldMb(): number {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed / 1024 / 1024;
}

const MESSAGES = JSON.stringify({ model: 'gpt-5', messages: [{ role: 'user', content: 'What does the ledger say? '.repeat(20) }] });
const STREAMED = MESSAGES.replace('{', '{"stream":true,');
const ANSWER = Buffer.from(
  JSON.stringify({
    id: 'chatcmpl-1',
    model: 'gpt-5-2025-08-07',
    choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: 'It says what it cost. '.repeat(40) } }],
    usage: { prompt_tokens: 1200, completion_tokens: 300, total_tokens: 1500, prompt_tokens_details: { cached_tokens: 1000 } },
  }),
);
const EVENT = Buffer.from(`data: ${JSON.stringify({ id: 'c', choices: [{ index: 0, delta: { content: ' word' } }] })}\n\n`);

/** One call, in undici's words. */
function tell(index: number): void {
  const publish = (name: string, more: object): void => diagnosticsChannel.channel(`undici:request:${name}`).publish({ request, ...more });
  const isStream = index % 10 === 9;
  const headers = ['content-type', 'application/json', 'x-stainless-retry-count', '0'];
  const request = { origin: 'https://api.openai.com', method: 'POST', path: '/v1/chat/completions', headers };
  publish('create', {});
  publish('bodyChunkSent', { chunk: isStream ? STREAMED : MESSAGES });
  publish('bodySent', {});
  const type = isStream ? 'text/event-stream' : 'application/json';
  publish('headers', { response: { statusCode: 200, headers: [Buffer.from('content-type'), Buffer.from(type)] } });
  if (!isStream) {
    publish('bodyChunkReceived', { chunk: ANSWER });
    return publish('trailers', {});
  }
  for (let chunk = 0; chunk < 5; chunk++) publish('bodyChunkReceived', { chunk: EVENT });
  publish('error', { error: Object.assign(new Error('gone'), { name: 'AbortError' }) });
}

if (process.env['SOAK_SECONDS']) await soak(Number(process.env['SOAK_SECONDS']));
else await compare();
