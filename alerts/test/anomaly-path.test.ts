import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Engine, type Ledger, openLedger, startEngine } from '@tokenledger/ledger';
import type { Charge, LedgerEntry } from '@tokenledger/model';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Alerts, receiverSchema, ruleSchema, startAlerts } from '../src/index.ts';
import { type ListeningReceiver, startReceiver } from './fixtures/listening-receiver.ts';
import { settled, until } from './fixtures/patience.ts';
import { plainCall } from './fixtures/plain-call.ts';

const MINUTE_MS = 60_000;
const HALF_HOUR_MS = 30 * MINUTE_MS;
const DAY_MS = 48 * HALF_HOUR_MS;
const START = Date.parse('2026-11-20T12:00:00Z');
const CUT_MS = START - DAY_MS;

let folder: string;
let engine: Engine;
let ledger: Ledger;
let receiver: ListeningReceiver;
let alerts: Alerts | undefined;
const told: { readonly type: string; readonly data: { readonly alerts: readonly { readonly annotations: Record<string, string> }[] } }[] =
  [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tokenledger-anomaly-'));
  engine = await startEngine({ dataDir: join(folder, 'clickhouse') });
  ledger = openLedger({ url: engine.url, username: engine.username, password: engine.password });
  await ledger.migrate();
  receiver = await startReceiver((body) => told.push(body as (typeof told)[number]));
});
afterAll(async () => {
  await alerts?.stop();
  receiver?.stop();
  await ledger?.close();
  await engine?.stop();
  rmSync(folder, { recursive: true, force: true });
});

let written = 0;
/** A hundred requests of a dime, less since the price was cut; `use`: so many times the tokens in each. */
function entryOf(at: number, use: number): LedgerEntry {
  written += 1;
  const number = written.toString(16);
  const calls = Math.round(100 + 8 * Math.sin(written * 12.9898));
  const price = at >= CUT_MS ? 4n : 10n;
  const tokens = calls * use * 1000;
  const cost = BigInt(tokens) * price * 10_000_000n;
  const charge: Charge = {
    meter: 'input_uncached',
    quantity: tokens,
    unitPriceUsd: price === 4n ? '0.00004' : '0.0001',
    amount: cost,
    priceId: 'test',
    source: 'test',
  };
  return {
    tenant: 'default',
    version: 0,
    reason: 'call',
    call: { ...plainCall(number, at), team: 'search', feature: 'answers', usage: { input_uncached: tokens }, charges: [charge], cost },
    delta: { calls, unpricedCalls: 0, requests: calls, errors: 0, usage: { input_uncached: tokens }, charges: [charge], cost },
  };
}
async function write(from: number, to: number, use = 1): Promise<void> {
  const entries: LedgerEntry[] = [];
  for (let at = from + MINUTE_MS; at < to; at += HALF_HOUR_MS) entries.push(entryOf(at, use));
  await ledger.write({ token: `anomaly-${written}`, entries, steps: [] });
}

test('an incident behind a lower price, found again in every round at the prices of the day, is one message and one end', async () => {
  await write(START - 15 * DAY_MS, START);
  await write(START, START + 2 * HALF_HOUR_MS, 2);
  let clock = START + 2 * HALF_HOUR_MS;
  alerts = startAlerts({
    ledger,
    stateDir: join(folder, 'state'),
    rules: [
      ruleSchema.parse({
        name: 'spend-anomaly',
        measure: 'cost',
        group_by: ['team'],
        window: '30m',
        evaluation_delay: '0s',
        condition: { kind: 'anomaly' },
      }),
    ],
    receivers: [receiverSchema.parse({ name: 'oncall', url: receiver.url, allow_private: true })],
    publicUrl: 'http://localhost:4320',
    intervalMs: 20,
    flapMs: 0,
    now: () => clock,
    log: pino({ level: 'silent' }),
  });
  await until(
    () => told.length === 1,
    () => [alerts?.list('default'), alerts?.progress()],
  );
  for (let half = 2; half < 6; half++) {
    await write(START + half * HALF_HOUR_MS, START + (half + 1) * HALF_HOUR_MS, 2);
    clock = START + (half + 1) * HALF_HOUR_MS;
    await settled(alerts);
  }
  expect(told.map(({ type }) => type)).toEqual(['tokenledger.alert.firing']);
  expect(told[0]?.data.alerts[0]?.annotations['why']).toMatch(/^\+\$[\d.]+ input tokens per request/);
  await write(START + 6 * HALF_HOUR_MS, START + 8 * HALF_HOUR_MS);
  clock = START + 8 * HALF_HOUR_MS;
  // On a slow machine a round may still wait for the past: then it says nothing, and a later one does.
  await until(
    () => told.length >= 2,
    () => [alerts?.list('default'), alerts?.progress()],
  );
  expect(told.map(({ type }) => type)).toEqual(['tokenledger.alert.firing', 'tokenledger.alert.resolved']);
}, 240_000);
