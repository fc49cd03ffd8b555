import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { type Usage, formatUsd } from '@tokenledger/model';
import { createPriceBook } from '@tokenledger/pricing';
import { type BilledCall, type Simulator, startSimulator } from '@tokenledger/simulator';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MAIN, type TokenledgerProcess, environmentWithout, startTokenledger } from './tokenledger-process.ts';

const APP = resolve(import.meta.dirname, 'apps/every-call.ts');
const CANARY = 'canary-7c1f0e-the-prompt';

interface CallRow {
  readonly provider: string;
  readonly model: string;
  readonly operation: string;
  readonly usage: Usage;
  readonly cost_usd: string | null;
  readonly price_status: string;
  readonly service_tier: string | null;
  readonly status: string;
  readonly team: string | null;
  readonly billable: boolean;
  readonly response_id: string | null;
}

let folder: string;
let simulator: Simulator;
let tokenledger: TokenledgerProcess;
let rows: readonly CallRow[];
let billed: readonly BilledCall[];
const started = Date.now();

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tokenledger-e2e-'));
  [simulator, tokenledger] = await Promise.all([startSimulator({ seed: 7 }), startTokenledger(folder)]);
  await promisify(execFile)(process.execPath, [APP], {
    env: {
      ...environmentWithout(/^(OTEL|TOKENLEDGER)_/),
      SIMULATOR_URL: simulator.url,
      CANARY,
      OTEL_EXPORTER_OTLP_ENDPOINT: tokenledger.otlpUrl,
    },
  });
  billed = simulator.bill();
  rows = await callsOnceStored(billed.length);
});
afterAll(async () => {
  await tokenledger?.stop();
  await simulator?.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function ask<T>(path: string): Promise<T> {
  const answer = await fetch(tokenledger.apiUrl + path);
  expect(answer.status, path).toBe(200);
  return (await answer.json()) as T;
}

async function callsOnceStored(expected: number): Promise<readonly CallRow[]> {
  for (let patience = 50; ; patience--) {
    const { rows } = await ask<{ rows: readonly CallRow[] }>(`/v1/calls?from=${started}&to=${Date.now() + 60_000}&limit=100`);
    if (rows.length >= expected || patience === 0) return rows;
    await sleep(200);
  }
}

/** The bill and the rows as comparable lines: embeddings have no response id, so identity is everything that costs money. */
const billLine = ({ provider, model, usage, status }: BilledCall) =>
  line(provider, model, status >= 400 ? {} : usage, status >= 400 ? 'error' : 'ok');
const rowLine = ({ provider, model, usage, status }: CallRow) => line(provider, model, usage, status === 'error' ? 'error' : 'ok');
const line = (provider: string, model: string, usage: Usage, status: string) =>
  JSON.stringify([
    provider,
    status === 'error' ? 'failed' : model,
    Object.entries(usage)
      .filter(([, n]) => n !== 0)
      .sort(([left], [right]) => left.localeCompare(right)),
    status,
  ]);

describe('one import → collector → ClickHouse → query API', () => {
  test('every call of the provider’s bill is in the ledger once, with every bucket', () => {
    expect(billed.length).toBe(10);
    expect(rows.map(rowLine).toSorted()).toEqual(billed.map(billLine).toSorted());
  });

  test('each cost is exact to the last pico-dollar: list prices by arithmetic', () => {
    const costs = (model: RegExp) => rows.filter((row) => model.test(row.model)).map((row) => row.cost_usd);
    // gpt-5: 6,000 × 1.25 + 4,000 × 0.125 + 2,000 × 10 per million; claude-sonnet-4-5: 2,000 × 3 + 6,000 × 0.30 + 2,000 × 3.75 + 1,000 × 15.
    expect(costs(/^gpt-5-20/)).toEqual(expect.arrayContaining(['0.028', '0.028']));
    expect(costs(/^claude-sonnet-4-5/)).toEqual(['0.0303', '0.0303']);
  });

  test('every other cost is what the price book says of the billed usage', () => {
    const book = createPriceBook();
    const expected = billed
      .filter(({ status }) => status < 400)
      .map(({ provider, model, serviceTier, usage }) => book.price({ provider, model, serviceTier, usage, at: Date.now() }).cost);
    const sum = (amounts: readonly string[]) => amounts.toSorted();
    expect(sum(rows.filter((row) => row.status !== 'error').map((row) => row.cost_usd ?? 'unpriced'))).toEqual(
      sum(expected.map((cost) => (cost === null ? 'unpriced' : formatUsd(cost)))),
    );
  });

  test('spend by team adds up to the calls', async () => {
    const { rows: spend } = await ask<{ rows: readonly { team: string; calls: number; cost: string }[] }>(
      `/v1/spend?from=${started}&to=${Date.now() + 60_000}&interval=none&group_by=team&measures=cost,calls`,
    );
    const calls = Object.fromEntries(spend.map(({ team, calls }) => [team, calls]));
    expect(calls).toEqual({ search: 6, support: rows.filter(({ team, billable }) => team === 'support' && billable).length });
  });

  test('a request that the provider refused is an error among the requests, and no call', async () => {
    const { rows: spend } = await ask<{ rows: readonly object[] }>(
      `/v1/spend?from=${started}&to=${Date.now() + 60_000}&interval=none&measures=calls,requests,errors,error_rate`,
    );
    expect(spend).toMatchObject([{ calls: 9, requests: 10, errors: 1, error_rate: 0.1 }]);
  });

  test('the books balance', async () => {
    // A row can be read a moment before its segment is done with.
    await expect.poll(() => ask('/v1/books'), { timeout: 10_000 }).toMatchObject({ received: 10, stored: 10, duplicate: 0, waiting: 0 });
  });

  test('`tokenledger doctor` finds all well', async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [MAIN, 'doctor', '--api-url', tokenledger.apiUrl]);
    expect(stdout).toMatch(/^ok +books: 10 spans received = 10 stored/m);
    expect(stdout).toMatch(/^ok +last 24 hours: cost [\d.]+ USD, calls 9, without a price 0$/m);
  });

  test('prompts appear nowhere: not on disk, not in an answer, not in a log', async () => {
    const answers = await Promise.all(
      [`/v1/calls?from=${started}&to=${Date.now() + 60_000}`, '/metrics', '/v1/books'].map(async (path) =>
        (await fetch(tokenledger.apiUrl + path)).text(),
      ),
    );
    expect(answers.join('')).not.toContain(CANARY);
    expect(tokenledger.output()).not.toContain(CANARY);
    const guilty = readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .map((name) => join(folder, name))
      .filter((path) => statSync(path, { throwIfNoEntry: false })?.isFile())
      .filter((path) => readFileSync(path).includes(CANARY));
    expect(guilty).toEqual([]);
  });

  test('it stops cleanly', async () => {
    expect(await tokenledger.stop()).toBe(0);
  });
});
