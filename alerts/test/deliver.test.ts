import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { deliverTo, send } from '../src/deliver.ts';
import { guardedAgent } from '../src/guarded-agent.ts';
import { type Receiver, receiverSchema } from '../src/index.ts';
import { type AlertStore, openAlertStore } from '../src/store.ts';
import { until } from './fixtures/patience.ts';

interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** How long it takes. */
  readonly afterMs?: number;
  /** Never ends, and is never still. */
  readonly isEndless?: boolean;
}
const START_MS = 10_000;
let clock: number;
let answers: Answer[];
let asked: string[];
let server: Server;
let receiver: Receiver;
let folder: string;
let store: AlertStore;
let abort: AbortController;
let post: Promise<void> | undefined;

beforeEach(async () => {
  [answers, asked, post, clock] = [[], [], undefined, START_MS];
  server = createServer((request, response) => {
    request.resume().on('end', () => {
      asked.push(String(request.headers['webhook-id']));
      const { status, headers, afterMs = 0, isEndless = false }: Answer = answers.shift() ?? { status: 204 };
      clock += afterMs;
      response.writeHead(status, headers).write(' ');
      const drip = setInterval(() => response.write(' '), 20);
      response.on('close', () => clearInterval(drip));
      if (!isEndless) response.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  receiver = receiverSchema.parse({
    name: 'hook',
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    allow_private: true,
  });
  folder = mkdtempSync(join(tmpdir(), 'tokenledger-deliver-'));
  store = openAlertStore(folder);
  abort = new AbortController();
});
afterEach(async () => {
  abort.abort();
  await post;
  store.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  rmSync(folder, { recursive: true, force: true });
});

const WAITS = [1_000, 60_000];
async function sendOnce(attempts: number, answer: Answer) {
  answers = [answer];
  const agent = guardedAgent({ allowPrivate: true, timeoutMs: 5_000 });
  const signal = AbortSignal.timeout(20_000);
  try {
    const delivery = { id: 'msg_x', receiver: 'hook', body: '{}', attempts, createdMs: 0 };
    const outcome = await send(receiver, delivery, { agent, now: () => clock, retryAfterMs: WAITS, signal });
    expect(signal.aborted).toBe(false);
    return outcome;
  } finally {
    await agent.destroy();
  }
}

test.each([
  ['a failure waits as long as the schedule says', 0, { status: 500 }, { kind: 'retry', atMs: 11_000 }],
  ['the next one waits longer', 1, { status: 500 }, { kind: 'retry', atMs: 70_000 }],
  ['after the schedule the message is a dead letter', 2, { status: 500 }, { kind: 'dead' }],
  ['who says when to come back is obeyed', 0, { status: 429, headers: { 'retry-after': '7' } }, { kind: 'retry', atMs: 17_000 }],
  [
    'who says to come back sooner than the schedule is not',
    1,
    { status: 503, headers: { 'retry-after': '7' } },
    { kind: 'retry', atMs: 70_000 },
  ],
  [
    'who says so with a date is obeyed as well',
    0,
    { status: 503, headers: { 'retry-after': 'Thu, 01 Jan 1970 00:00:30 GMT' } },
    { kind: 'retry', atMs: 30_000 },
  ],
  [
    'what is neither a number nor a date is no wait',
    0,
    { status: 503, headers: { 'retry-after': 'soon' } },
    { kind: 'retry', atMs: 11_000 },
  ],
  [
    'nobody puts a message off for longer than a day',
    0,
    { status: 503, headers: { 'retry-after': '999999999999' } },
    { kind: 'retry', atMs: 10_000 + 86_400_000 },
  ],
  [
    'whoever says so after a while is obeyed from then on',
    0,
    { status: 429, headers: { 'retry-after': '7' }, afterMs: 14_000 },
    { kind: 'retry', atMs: 31_000 },
  ],
  ['an answer that does not end is one', 0, { status: 200, isEndless: true }, { kind: 'delivered' }],
  ['410 is the end, however many tries are left', 0, { status: 410 }, { kind: 'dead' }],
  ['a message that is refused as such is tried once more', 0, { status: 400 }, { kind: 'retry', atMs: 11_000 }],
  ['and then holds up those behind it no longer', 1, { status: 413 }, { kind: 'dead' }],
  ['a redirect is a failure', 0, { status: 301, headers: { location: '/elsewhere' } }, { kind: 'retry', atMs: 11_000 }],
  ['a refusal is tried again as well: a receiver may be misconfigured for an hour', 0, { status: 404 }, { kind: 'retry', atMs: 11_000 }],
] as const)('%s', async (_, attempts, answer, outcome) => {
  expect(await sendOnce(attempts, answer)).toMatchObject(outcome);
  expect(asked).toEqual(['msg_x']);
});

const messages = (...ids: readonly string[]) =>
  store.commit({ alerts: [], messages: ids.map((id) => ({ id, receiver: 'hook', body: '{}' })), happenings: [], nowMs: 0 });
const deliver = (retryAfterMs: readonly number[]) => {
  post = deliverTo({ receiver, box: 'hook', store, log: pino({ level: 'silent' }), signal: abort.signal, retryAfterMs });
};

test('state that another process keeps is refused by the name of its directory', () => {
  expect(() => openAlertStore(folder)).toThrow(`${folder} is in use by another process`);
});

test('to a receiver that answered 410 nothing is sent any more', async () => {
  answers = [{ status: 410 }];
  messages('msg_1', 'msg_2');
  deliver([0, 0]);
  await until(() => store.counts().dead === 2);
  messages('msg_3');
  await until(() => store.counts().dead === 3);
  expect(asked).toEqual(['msg_1']);
});

test('a message that must wait is not overtaken by the next one', async () => {
  answers = [{ status: 500 }, { status: 500 }];
  messages('msg_1', 'msg_2');
  deliver([20, 20]);
  await until(() => store.counts().delivered === 2);
  expect(asked).toEqual(['msg_1', 'msg_1', 'msg_1', 'msg_2']);
});

test('a message waits until its time has come, and whoever is behind it waits too', () => {
  messages('msg_1', 'msg_2');
  const first = store.due('hook', 0);
  if (!first) throw new Error('nothing is due');
  store.settle(first, { kind: 'retry', atMs: 5_000, error: 'busy' }, 0);
  expect([4_999, 5_000].map((now) => store.due('hook', now)?.id)).toEqual([undefined, 'msg_1']);
});

test('a dead letter does not hold up the next message', async () => {
  answers = [{ status: 500 }, { status: 500 }];
  messages('msg_1', 'msg_2');
  deliver([0]);
  await until(() => store.counts().delivered === 1);
  expect(asked).toEqual(['msg_1', 'msg_1', 'msg_2']);
  expect(store.counts()).toEqual({ waiting: 0, delivered: 1, dead: 1 });
});
