/**
 * What the one import costs an app: `node bench/instrumentation.ts [rounds]`, after `npm run build -w instrumentation`.
 *
 * An app with the real OpenAI SDK asks a local server, without us and with us by turns, each time in a process of its own. Per call: wall
 * time at the median and, for busy machines, at the 10th percentile, and CPU time of the whole process. The server answers at once, so a
 * stream of 400 chunks comes as fast as a socket can: the worst case. Start-up: a process that only imports the SDK.
 */
import { spawn } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import OpenAI from 'openai';

const ROUNDS = Number(process.argv[2] ?? 5);
const CALLS = 2_000;
/** Calls until V8 has compiled both the SDK and us: what stays, not what starting costs. */
const WARM_UP = 3_000;
const STREAMS = 40;
const CHUNKS = 400;
const REGISTER = pathToFileURL(join(import.meta.dirname, '../instrumentation/dist/esm/register.js')).href;

/** CPU time until the SDK is there. */
const START = `await import(${JSON.stringify(import.meta.resolve('openai'))}); const { user, system } = process.cpuUsage(); process.stdout.write(String((user + system) / 1000));`;

interface Measured {
  readonly callUs: number;
  readonly callQuietUs: number;
  readonly callCpuUs: number;
  readonly streamUs: number;
  readonly streamQuietUs: number;
  readonly streamCpuUs: number;
  readonly firstChunkUs: number;
  readonly firstChunkQuietUs: number;
  readonly otherUs: number;
  readonly rssMb: number;
}

if (process.env['BENCH_URL']) await runApp(process.env['BENCH_URL']);
else if (process.env['BENCH_SERVER']) await serve();
else await compare();

async function compare(): Promise<void> {
  // The model, the collector and the app are processes of their own, as they are where it matters.
  const [server, collector] = [await startServer(), await startServer()];
  const measured: Record<'without' | 'with', Measured[]> = { without: [], with: [] };
  const started: Record<'without' | 'with', number[]> = { without: [], with: [] };
  for (let round = 0; round < ROUNDS; round++) {
    for (const name of ['without', 'with'] as const) {
      const args = name === 'with' ? ['--import', REGISTER] : [];
      const env = { BENCH_URL: server.url, OTEL_EXPORTER_OTLP_ENDPOINT: collector.url };
      measured[name].push(JSON.parse(await run([...args, import.meta.filename], env)) as Measured);
      for (let start = 0; start < 4; start++) started[name].push(Number(await run([...args, '--input-type=module', '--eval', START], {})));
    }
  }
  server.stop();
  collector.stop();
  const row = (pick: (one: Measured) => number): Record<string, string> => {
    const [without, withUs] = [median(measured.without.map(pick)), median(measured.with.map(pick))];
    return {
      without: without.toFixed(1),
      with: withUs.toFixed(1),
      added: (withUs - without).toFixed(1),
      ratio: (withUs / without).toFixed(3),
    };
  };
  const [before, after] = [median(started.without), median(started.with)];
  console.table({
    'call, wall µs (median)': row((one) => one.callUs),
    'call, wall µs (10th percentile)': row((one) => one.callQuietUs),
    'call, CPU µs': row((one) => one.callCpuUs),
    'stream of 400 chunks, wall µs': row((one) => one.streamUs),
    'stream of 400 chunks, wall µs (10th percentile)': row((one) => one.streamQuietUs),
    'stream of 400 chunks, CPU µs': row((one) => one.streamCpuUs),
    'first chunk, wall µs': row((one) => one.firstChunkUs),
    'first chunk, wall µs (10th percentile)': row((one) => one.firstChunkQuietUs),
    'request to another service, wall µs': row((one) => one.otherUs),
    'RSS at the end, MB': row((one) => one.rssMb),
    'start-up, CPU ms': {
      without: before.toFixed(1),
      with: after.toFixed(1),
      added: (after - before).toFixed(1),
      ratio: (after / before).toFixed(3),
    },
  });
}

async function runApp(url: string): Promise<void> {
  const client = new OpenAI({ apiKey: 'bench', baseURL: `${url}/v1` });
  const messages = [{ role: 'user' as const, content: 'What does the ledger say about this week? '.repeat(20) }];
  const call = async (): Promise<void> => {
    await client.chat.completions.create({ model: 'gpt-5', messages });
  };
  const firstChunks: number[] = [];
  const stream = async (): Promise<void> => {
    const startedAt = performance.now();
    let first: number | undefined;
    for await (const _ of await client.chat.completions.create({
      model: 'gpt-5',
      messages,
      stream: true,
      stream_options: { include_usage: true },
    })) {
      first ??= (performance.now() - startedAt) * 1_000;
    }
    firstChunks.push(first ?? 0);
  };
  const other = async (): Promise<void> => {
    await (await fetch(`${url}/other`)).text();
  };
  await repeat(WARM_UP, call);
  await repeat(20, stream);
  firstChunks.length = 0;
  const calls = await repeat(CALLS, call);
  const streams = await repeat(STREAMS, stream);
  const others = await repeat(CALLS, other);
  const rssMb = process.memoryUsage.rss() / 1024 / 1024;
  const result: Measured = {
    callUs: calls.medianUs,
    callQuietUs: calls.quietUs,
    callCpuUs: calls.cpuUs,
    streamUs: streams.medianUs,
    streamQuietUs: streams.quietUs,
    streamCpuUs: streams.cpuUs,
    firstChunkUs: median(firstChunks),
    firstChunkQuietUs: quantile(firstChunks, 0.1),
    otherUs: others.medianUs,
    rssMb,
  };
  process.stdout.write(JSON.stringify(result));
}

async function repeat(
  times: number,
  work: () => Promise<void>,
): Promise<{ readonly medianUs: number; readonly quietUs: number; readonly cpuUs: number }> {
  const took: number[] = [];
  const before = process.cpuUsage();
  for (let index = 0; index < times; index++) {
    const startedAt = performance.now();
    await work();
    took.push((performance.now() - startedAt) * 1_000);
  }
  const { user, system } = process.cpuUsage(before);
  return { medianUs: quantile(took, 0.5), quietUs: quantile(took, 0.1), cpuUs: (user + system) / times };
}

function quantile(values: readonly number[], share: number): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length * share)] ?? 0;
}

function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

function run(args: readonly string[], env: Readonly<Record<string, string>>): Promise<string> {
  const child = spawn(process.execPath, args, { env: { PATH: process.env['PATH'], ...env }, stdio: ['ignore', 'pipe', 'inherit'] });
  let out = '';
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => (code === 0 ? resolve(out) : reject(new Error(`exit code ${code}`))));
  });
}

async function startServer(): Promise<{ readonly url: string; stop(): void }> {
  const child = spawn(process.execPath, [import.meta.filename], { env: { BENCH_SERVER: '1' }, stdio: ['ignore', 'pipe', 'inherit'] });
  const url = await new Promise<string>((resolve) => child.stdout.once('data', (chunk: Buffer) => resolve(chunk.toString())));
  return { url, stop: () => child.kill() };
}

/** Answers as OpenAI does with prepared bytes, accepts OTLP, and answers anything else with a few. */
async function serve(): Promise<void> {
  const usage = { prompt_tokens: 1200, completion_tokens: 300, total_tokens: 1500, prompt_tokens_details: { cached_tokens: 1000 } };
  const answer = {
    id: 'chatcmpl-1',
    model: 'gpt-5-2025-08-07',
    choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: 'It says what it cost. '.repeat(40) } }],
    usage,
  };
  const json = JSON.stringify(answer);
  const chunk = (fields: object): string =>
    `data: ${JSON.stringify({ id: 'chatcmpl-1', object: 'chat.completion.chunk', model: 'gpt-5-2025-08-07', ...fields })}\n\n`;
  const text = chunk({ choices: [{ index: 0, delta: { content: ' word' }, finish_reason: null }], usage: null });
  const end = chunk({ choices: [], usage }) + 'data: [DONE]\n\n';
  const server = createServer((request, response) => {
    const body: Buffer[] = [];
    request.on('data', (piece: Buffer) => body.push(piece));
    request.on('end', () => {
      if (!request.url?.startsWith('/v1/chat')) return response.end('ok');
      if (!Buffer.concat(body).includes('"stream":true')) return response.setHeader('content-type', 'application/json').end(json);
      response.setHeader('content-type', 'text/event-stream');
      for (let index = 0; index < CHUNKS; index++) response.write(text);
      response.end(end);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  process.stdout.write(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
}
