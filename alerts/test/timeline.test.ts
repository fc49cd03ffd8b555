import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Engine, type Ledger, openLedger, startEngine } from '@tokenledger/ledger';
import { type Call, type LedgerEntry, parseUsd } from '@tokenledger/model';
import { pino } from 'pino';
import { Webhook } from 'standardwebhooks';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { type Alerts, type ReceiverInput, receiverSchema, type RuleInput, ruleSchema, startAlerts } from '../src/index.ts';
import { type Gate, gateBefore } from './fixtures/gate.ts';
import { plainCall } from './fixtures/plain-call.ts';
import { settled as settledOf, until as untilDone } from './fixtures/patience.ts';

const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const NEXT_SECRET = `whsec_${Buffer.alloc(32, 8).toString('base64')}`;
/** What the receiver checks signatures with. */
let trusted = SECRET;
const START = Date.parse('2026-11-20T12:00:00Z');
const log = pino({ level: 'silent' });

let folder: string;
let engine: Engine;
let gate: Gate;
let ledger: Ledger;
let clock: number;
let calls = 0;
let alerts: Alerts | undefined;

interface Received {
  readonly id: string;
  readonly body: {
    type: string;
    data: { status: string; alerts: { labels: Record<string, string>; annotations: Record<string, string> }[] };
  };
}
let received: Received[];
let answers: number[];
let server: Server;
/** What the receiver waits for before it answers. */
let hold: (() => Promise<unknown>) | undefined;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tokenledger-alerts-'));
  engine = await startEngine({ dataDir: join(folder, 'clickhouse') });
  gate = await gateBefore(engine.url);
  ledger = openLedger({ url: gate.url, username: engine.username, password: engine.password });
  await ledger.migrate();
});
afterAll(async () => {
  await ledger?.close();
  await gate?.shut();
  await engine?.stop();
  rmSync(folder, { recursive: true, force: true });
});

beforeEach(async () => {
  clock = START;
  received = [];
  answers = [];
  trusted = SECRET;
  hold = undefined;
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', async () => {
      await hold?.();
      const status = answers.shift() ?? 204;
      const headers = request.headers as Record<string, string>;
      if (status < 300)
        received.push({ id: headers['webhook-id'] ?? '', body: new Webhook(trusted).verify(body, headers) as Received['body'] });
      response.writeHead(status).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(async () => {
  await alerts?.stop();
  alerts = undefined;
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const receiver = (over: Partial<ReceiverInput> = {}) =>
  receiverSchema.parse({
    name: 'oncall',
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    secrets: [SECRET],
    allow_private: true,
    ...over,
  });

/** Each test watches a team of its own, so that what other tests spent is not its business. */
const spendRule = (team: string, over: Partial<RuleInput> = {}) =>
  ruleSchema.parse({
    name: `spend-${team}`,
    measure: 'cost',
    group_by: ['team'],
    filters: { team },
    window: '1h',
    evaluation_delay: '1s',
    condition: { kind: 'threshold', above: '10', resolve_below: '8' },
    ...over,
  });

function start(rule: ReturnType<typeof spendRule>, over: { state?: string; receivers?: ReturnType<typeof receiver>[] } = {}): Alerts {
  alerts = startAlerts({
    ledger,
    stateDir: join(folder, over.state ?? rule.name),
    rules: [rule],
    receivers: over.receivers ?? [receiver()],
    publicUrl: 'http://localhost:4320',
    intervalMs: 20,
    // Signatures are only good for minutes, so the wall clock stamps deliveries; the rules run on the test's clock.
    now: () => clock,
    retryAfterMs: [0, 0, 0],
    log,
  });
  return alerts;
}

async function spend(team: string, usd: string, at: number): Promise<void> {
  const cost = parseUsd(usd) ?? 0n;
  await write(team, at, { cost }, { calls: 1, unpricedCalls: 0, requests: 1, errors: 0, usage: {}, charges: [], cost });
}

async function fail(team: string, at: number): Promise<void> {
  const failed = { cost: 0n, status: 'error', billable: false, notBillableReason: 'failed_without_usage' } as const;
  await write(team, at, failed, { calls: 0, unpricedCalls: 0, requests: 1, errors: 1, usage: {}, charges: [], cost: 0n });
}

async function write(team: string, at: number, facts: Partial<Call>, delta: LedgerEntry['delta']): Promise<void> {
  const number = (calls += 1);
  const hex = number.toString(16);
  const entry: LedgerEntry = {
    tenant: 'default',
    version: 0,
    reason: 'call',
    call: { ...plainCall(hex, at), team, ...facts },
    delta,
  };
  await ledger.write({ token: `test-${String(number)}`, entries: [entry], steps: [] });
}

const until = (done: () => boolean) => untilDone(done, () => received.map(({ body }) => body.type));
const settled = () => settledOf(alerts);

test('requests that were refused outright make the error rate fire: min_calls counts them, though none was a call', async () => {
  for (let failures = 0; failures < 3; failures++) await fail('refused', START - 60_000);
  await spend('refused', '1', START - 60_000);
  start(spendRule('refused', { measure: 'error_rate', condition: { kind: 'threshold', above: 0.2, resolve_below: 0.1 }, min_calls: 4 }));
  await until(() => received.length === 1);
  expect(received[0]?.body.data.alerts[0]?.annotations).toMatchObject({ value: '75 %' });
});

test('a threshold fires once, stays quiet while it holds, and resolves once below the resolve threshold', async () => {
  await spend('a', '10.000000000001', START - 60_000);
  const running = start(spendRule('a'));
  await until(() => received.length === 1);
  expect(received[0]?.body.type).toBe('tokenledger.alert.firing');
  expect(received[0]?.body.data.alerts[0]).toMatchObject({
    labels: { alertname: 'spend-a', team: 'a', severity: 'warning' },
    annotations: { value: '$10.00', value_usd: '10.000000000001' },
  });
  await settled();
  expect(received.length).toBe(1);
  clock = START + 3_600_000;
  await until(() => received.length === 2);
  expect(received[1]?.body.type).toBe('tokenledger.alert.resolved');
  expect(running.list('default')).toEqual([]);
});

test('exactly the threshold does not fire: money is compared to the last pico-dollar', async () => {
  await spend('b', '10', START - 60_000);
  start(spendRule('b'));
  await settled();
  expect(received).toEqual([]);
  await spend('b', '0.000000000001', START - 60_000);
  await until(() => received.length === 1);
});

test('`for` waits: a breach that is over in time is never told', async () => {
  await spend('c', '11', START - 60_000);
  const running = start(spendRule('c', { for: '10m' }));
  await until(() => running.list('default')[0]?.state.phase === 'pending');
  clock = START + 9 * 60_000;
  await settled();
  expect(received).toEqual([]);
  clock = START + 10 * 60_000;
  await until(() => received.length === 1);
});

test('a restart neither fires again nor forgets to resolve', async () => {
  await spend('d', '11', START - 60_000);
  start(spendRule('d'));
  await until(() => received.length === 1);
  await alerts?.stop();
  start(spendRule('d'));
  await settled();
  expect(received.length).toBe(1);
  await alerts?.stop();
  clock = START + 2 * 3_600_000;
  start(spendRule('d'));
  await until(() => received.length === 2);
  expect(received.map(({ body }) => body.data.status)).toEqual(['firing', 'resolved']);
});

test('a stop waits for the answer to the message under way: it is not sent again', async () => {
  let ask: () => void = () => undefined;
  const asked = new Promise<void>((resolve) => (ask = resolve));
  hold = () => {
    hold = undefined;
    ask();
    return new Promise((resolve) => setTimeout(resolve, 200));
  };
  await spend('j', '11', START - 60_000);
  start(spendRule('j'));
  await asked;
  await alerts?.stop();
  start(spendRule('j'));
  await settled();
  expect(received.length).toBe(1);
});

test('a receiver that fails at first gets the same message with the same id', async () => {
  answers = [500, 503];
  await spend('e', '11', START - 60_000);
  const running = start(spendRule('e'));
  await until(() => running.deliveries().delivered === 1);
  expect(received[0]?.id).toMatch(/^msg_[0-9a-f-]{36}_firing$/);
  expect(running.deliveries()).toEqual({ waiting: 0, delivered: 1, dead: 0 });
});

test('410 ends a delivery; the dead letter is counted', async () => {
  answers = [410];
  await spend('f', '11', START - 60_000);
  const running = start(spendRule('f'));
  await until(() => running.deliveries().dead === 1);
  expect(received).toEqual([]);
});

test('a message that was given up is sent when somebody says so, with the id it had', async () => {
  answers = [500, 500, 500, 500];
  await spend('l', '11', START - 60_000);
  const running = start(spendRule('l'));
  await until(() => running.deliveries().dead === 1);
  const ours = running.forTenant('default');
  const [dead] = ours.deliveries(10);
  expect(ours.redeliver('msg_unknown', 'oncall')).toBe(false);
  expect(ours.redeliver(dead?.id ?? '', 'oncall')).toBe(true);
  await until(() => running.deliveries().delivered === 1);
  expect(received.map(({ id }) => id)).toEqual([dead?.id]);
  expect(running.deliveries()).toEqual({ waiting: 0, delivered: 1, dead: 0 });
});

test.each([
  ['still knows the old one', SECRET, 'm'],
  ['knows the next one already', NEXT_SECRET, 'n'],
])('while a secret is rotated both sign: a receiver that %s believes the message', async (_, secret, team) => {
  trusted = secret;
  await spend(team, '11', START - 60_000);
  start(spendRule(team), { receivers: [receiver({ secrets: [SECRET, NEXT_SECRET] })] });
  await until(() => received.length === 1);
});

test('a slow receiver delays no other', async () => {
  const slow = createServer(() => undefined); // accepts and never answers
  await new Promise<void>((resolve) => slow.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(slow.address() as AddressInfo).port}/`;
  await spend('g', '11', START - 60_000);
  start(spendRule('g'), { receivers: [receiver({ name: 'slow', url }), receiver()] });
  await until(() => received.length === 1);
  slow.closeAllConnections();
  slow.close();
});

test('a budget fires when its share of the period is spent', async () => {
  await spend('h', '40', Date.parse('2026-10-31T23:59:59Z')); // last month
  await spend('h', '79.999999999999', Date.parse('2026-11-02T00:00:00Z'));
  start(spendRule('h', { condition: { kind: 'budget', amount_usd: '100', period: 'month', share: 0.8 } }));
  await settled();
  expect(received).toEqual([]);
  await spend('h', '0.000000000001', START - 60_000);
  await until(() => received.length === 1);
  expect(received[0]?.body.data.alerts[0]?.annotations['summary']).toContain('$80.00 of $100.00 spent this month');
});

test('when the ledger cannot answer, no state changes; when it can again, what ended meanwhile is told', async () => {
  await spend('i', '11', START - 60_000);
  const running = start(spendRule('i'));
  await until(() => received.length === 1);
  await gate.shut();
  const { failures } = running.progress();
  clock = START + 3_600_000;
  await until(() => running.progress().failures >= failures + 5);
  expect(running.list('default').map(({ state }) => state.phase)).toEqual(['firing']);
  expect(received.length).toBe(1);
  await gate.open();
  await until(() => received.length === 2);
  expect(received[1]?.body.type).toBe('tokenledger.alert.resolved');
});
