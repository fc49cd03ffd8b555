import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { environmentWithout, startTokenledger, type TokenledgerProcess } from './tokenledger-process.ts';

const MAIN = resolve(import.meta.dirname, '../../cli/src/main.ts');
const HOUR_MS = 3_600_000;
const from = Math.floor(Date.now() / HOUR_MS) * HOUR_MS - 2 * HOUR_MS;
const to = from + HOUR_MS;

let folder: string;
let tokenledger: TokenledgerProcess;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tokenledger-reprice-'));
  tokenledger = await startTokenledger(folder);
});
afterAll(async () => {
  await tokenledger?.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function ask<Answer = Record<string, unknown>>(path: string, init: RequestInit = {}): Promise<Answer> {
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(tokenledger.apiUrl + path, { ...init, ...(init.body !== undefined && { headers }) });
  return (await answer.json()) as Answer;
}

const put = (body: object) => ask('/v1/prices/overrides', { method: 'PUT', body: JSON.stringify(body) });

async function spend(): Promise<{ readonly cost: string | null; readonly calls: number; readonly unpriced_calls: number } | undefined> {
  const { rows } = await ask<{ rows: { cost: string | null; calls: number; unpriced_calls: number }[] }>(
    `/v1/spend?from=${String(from)}&to=${String(to)}&interval=none&measures=cost,calls,unpriced_calls`,
  );
  return rows[0];
}

/** The command as a user runs it. */
async function reprice(...flags: readonly string[]): Promise<string> {
  const args = [MAIN, 'reprice', '--from', new Date(from).toISOString(), '--to', new Date(to).toISOString(), ...flags];
  const { stdout } = await promisify(execFile)(process.execPath, [...args, '--api-url', tokenledger.apiUrl], {
    cwd: folder,
    env: environmentWithout(/^(OTEL|TOKENLEDGER)_/),
  });
  return stdout;
}

function chatOf(model: string, spanId: string) {
  const text = (key: string, stringValue: string) => ({ key, value: { stringValue } });
  const int = (key: string, intValue: number) => ({ key, value: { intValue } });
  return {
    traceId: spanId.repeat(2),
    spanId,
    name: `chat ${model}`,
    kind: 3,
    startTimeUnixNano: `${String(from + 1000)}000000`,
    endTimeUnixNano: `${String(from + 2000)}000000`,
    attributes: [
      text('gen_ai.operation.name', 'chat'),
      text('gen_ai.provider.name', 'acme'),
      text('gen_ai.request.model', model),
      int('gen_ai.usage.input_tokens', 1_000_000),
      int('gen_ai.usage.output_tokens', 1_000_000),
    ],
  };
}

test('a model without a price gets one over HTTP: new calls at once, stored ones by `tokenledger reprice`, and a restart forgets nothing', async () => {
  const spans = [chatOf('legal-7b', 'a1'.repeat(8)), chatOf('legal-7b', 'a2'.repeat(8))];
  const body = JSON.stringify({ resourceSpans: [{ scopeSpans: [{ scope: { name: 'test' }, spans }] }] });
  const sent = await fetch(`${tokenledger.otlpUrl}/v1/traces`, { method: 'POST', body, headers: { 'content-type': 'application/json' } });
  expect(sent.status).toBe(200);
  while ((await spend())?.calls !== 2) await sleep(50);
  expect(await spend()).toMatchObject({ calls: 2, unpriced_calls: 2 });

  await put({ custom_models: [{ provider: 'acme', model: 'legal-7b', rates: { input_uncached: '2/M', output_text: '6/M' } }] });
  const question = { provider: 'acme', model: 'legal-7b', usage: { input_tokens: 1_000_000 } };
  expect(await ask('/v1/price', { method: 'POST', body: JSON.stringify(question) })).toMatchObject({ cost_usd: '2' });
  expect(await spend()).toMatchObject({ unpriced_calls: 2 });

  expect(await reprice('--dry-run')).toContain('2 of 2 calls would change: +16 USD');
  expect(await spend()).toMatchObject({ unpriced_calls: 2 });
  const report = await reprice();
  expect(report).toMatch(/default +legal-7b +2 +0 +16 +\+16 2 had no price/);
  expect(report).toContain('2 of 2 calls changed: +16 USD');
  expect(await spend()).toMatchObject({ cost: '16', calls: 2, unpriced_calls: 0 });
  expect(await reprice()).toContain('0 of 2 calls changed: 0 USD');
  const explained = await ask<{ entries: { reason: string }[] }>(`/v1/calls/${'a1'.repeat(16)}/${'a1'.repeat(8)}/explain`);
  expect(explained.entries.map(({ reason }) => reason)).toEqual(['call', 'reprice', 'reprice']);

  await tokenledger.stop();
  tokenledger = await startTokenledger(folder);
  expect(await ask('/v1/price', { method: 'POST', body: JSON.stringify(question) })).toMatchObject({ cost_usd: '2' });
  expect(await ask('/v1/reprice')).toMatchObject({ state: 'done', calls_changed: 0 });
  expect(await spend()).toMatchObject({ cost: '16', calls: 2, unpriced_calls: 0 });
}, 200_000);
