import http from 'node:http';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startEngine } from '@tokenledger/ledger';
import type { Books } from '../../src/index.ts';
import { chatSpan } from '../otlp/messages.ts';
import { askEngine } from '../reprice/ask-engine.ts';
import { fuzzedBody } from './fuzzed-body.ts';
import { begin } from './life.ts';
import { below, createRandom } from './random.ts';

export interface FuzzResult {
  readonly bodies: number;
  readonly statuses: Readonly<Record<string, number>>;
  /** Good spans beside a broken one that are not stored. */
  readonly lostNeighbours: readonly number[];
  readonly neighbours: number;
  readonly slowestAnswerMs: number;
  readonly books: Books;
  /** What the process said on stderr. */
  readonly complaints: string;
}

const AT_ONCE = 16;
const SPANS_PER_BODY = 4;
const HANG_MS = 60_000;

/** Sends broken requests of every kind to a whole collector, and noise to its port; then looks for the good spans among them. */
export async function runFuzz(bodies: number, seed: number, report?: (line: string) => void): Promise<FuzzResult> {
  const dataDir = await mkdtemp(join(tmpdir(), 'fuzz-'));
  const life = await begin(dataDir, 0, { segmentMs: 1000 });
  const agent = new http.Agent({ keepAlive: true, maxSockets: AT_ONCE });
  const statuses: Record<string, number> = {};
  const promised: number[] = [];
  let next = 0;
  let slowestAnswerMs = 0;
  try {
    await Promise.all(
      Array.from({ length: AT_ONCE }, async () => {
        while (next < bodies) {
          const index = next++;
          const random = createRandom(seed * 1_000_003 + index);
          if (below(random, 200) === 0) await sendNoise(life.url, random);
          const { body, headers, neighbours } = fuzzedBody(random, 1 + index * SPANS_PER_BODY);
          const sentMs = performance.now();
          const status = await send(`${life.url}/v1/traces`, { body, headers, agent });
          slowestAnswerMs = Math.max(slowestAnswerMs, Math.round(performance.now() - sentMs));
          statuses[status] = (statuses[status] ?? 0) + 1;
          if (status === '200') promised.push(...neighbours);
          else if (neighbours.length > 0) statuses[`${status} with good spans`] = (statuses[`${status} with good spans`] ?? 0) + 1;
          if (index % 10_000 === 9999) report?.(`${index + 1} bodies: ${JSON.stringify(statuses)}, slowest answer ${slowestAnswerMs} ms`);
        }
      }),
    );
    let books = await booksOf(life.url);
    for (; books.waiting > 0; books = await booksOf(life.url)) await sleep(100);
    const complaints = life.stderr();
    await life.stop();
    const lostNeighbours = await findLost(dataDir, promised);
    return { bodies, statuses, lostNeighbours, neighbours: promised.length, slowestAnswerMs, books, complaints };
  } finally {
    agent.destroy();
    await life.kill('everything');
    await rm(dataDir, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** On a connection of its own, which nobody closes for having been idle. */
const booksOf = async (url: string) => (await (await fetch(`${url}/v1/books`, { headers: { connection: 'close' } })).json()) as Books;

async function findLost(dataDir: string, promised: readonly number[]): Promise<number[]> {
  const engine = await startEngine({ dataDir: `${dataDir}/clickhouse` });
  try {
    const rows = await askEngine<{ id: string }>(
      engine,
      "SELECT DISTINCT lower(concat(hex(trace_id), leftPad(hex(span_id), 16, '0'))) AS id FROM calls",
    );
    const stored = new Set(rows.map(({ id }) => id));
    return promised.filter((number) => !stored.has(`${String(chatSpan(number)['traceId'])}${String(chatSpan(number)['spanId'])}`));
  } finally {
    await engine.stop();
  }
}

interface Request {
  readonly body: Buffer;
  readonly headers: Readonly<Record<string, string>>;
  readonly agent: http.Agent;
}

/** A connection may be closed for having been idle just when it is used again: then, as any client does, on another one. */
function send(url: string, sent: Request): Promise<string> {
  const { body, headers, agent } = sent;
  return new Promise((resolve) => {
    const length = { 'content-length': body.length };
    const request = http.request(url, { method: 'POST', agent, headers: { ...headers, ...length }, timeout: HANG_MS }, (response) => {
      response.resume().once('end', () => resolve(`${response.statusCode}`));
    });
    request.once('timeout', () => request.destroy(new Error('hangs')));
    request.once('error', (error: NodeJS.ErrnoException) =>
      resolve(request.reusedSocket && error.code === 'ECONNRESET' ? send(url, sent) : error.message),
    );
    request.end(body);
  });
}

function sendNoise(url: string, random: () => number): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    socket.once('error', () => undefined).once('close', () => resolve());
    socket.end(Buffer.from(Array.from({ length: below(random, 400) }, () => below(random, 256))));
    socket.resume();
  });
}
