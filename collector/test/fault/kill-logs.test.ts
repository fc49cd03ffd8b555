import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { Books } from '../../src/index.ts';
import { text } from '../otlp/messages.ts';
import { post, until } from '../start.ts';
import { begin } from './life.ts';

const attributes = Object.entries({
  'event.name': 'api_request',
  model: 'claude-sonnet-4-5',
  input_tokens: '1000',
  output_tokens: '100',
  request_id: 'req_1',
}).map(([key, value]) => text(key, value));
const scopeLogs = [
  { scope: { name: 'com.anthropic.claude_code.events' }, logRecords: [{ timeUnixNano: `${Date.now()}000000`, attributes }] },
];
const body = JSON.stringify({ resourceLogs: [{ resource: { attributes: [text('service.name', 'claude-code')] }, scopeLogs }] });

const send = (url: string) => post(`${url}/v1/logs`, body, { 'content-type': 'application/json' });
const booksOf = async (url: string) => (await (await fetch(`${url}/v1/books`)).json()) as Books;

test('a log event of a call survives kill -9 and is billed once when it is sent again', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'kill-logs-'));
  const first = await begin(dataDir, 0);
  expect((await send(first.url)).status).toBe(200);
  await first.kill('everything');
  const second = await begin(dataDir, 0);
  onTestFinished(async () => {
    await second.kill('everything');
    await rm(dataDir, { recursive: true, force: true, maxRetries: 5 });
  });
  expect((await send(second.url)).status).toBe(200);
  await until(async () => (await booksOf(second.url)).waiting === 0, 15_000);
  expect(await booksOf(second.url)).toMatchObject({ received: 2, recovered: 1, stored: 1, duplicate: 1, balanced: true });
}, 60_000);
