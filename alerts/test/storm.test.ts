import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TenantReader } from '@tokenledger/ledger';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Alerts, type ReceiverInput, receiverSchema, ruleSchema, startAlerts } from '../src/index.ts';
import type { Told } from '../src/render.ts';
import { type ListeningReceiver, startReceiver } from './fixtures/listening-receiver.ts';
import { settled, until as untilDone } from './fixtures/patience.ts';

const START = Date.parse('2026-11-20T12:00:00Z');
const SERIES = 300;
let folder: string;
let clock: number;
/** So many series are too high. */
let high: number;
let series: number;
let queries: number;
let receiver: ListeningReceiver;
let bodies: unknown[];
let alerts: Alerts;

const row = (index: number) => ({
  dimensions: { team: `team-${index}` },
  measures: { cost: index < high ? 20_000_000_000_000n + BigInt(index) : 0n, calls: 1 },
});
const reader = {
  spend: async () => {
    queries += 1;
    return { rows: Array.from({ length: series }, (_, index) => row(index)), stepMs: null, truncated: false, sources: [] };
  },
  calls: async () => {
    queries += 1;
    return { calls: [] };
  },
} as Partial<TenantReader> as TenantReader;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tokenledger-alerts-storm-'));
  [clock, high, series, queries, bodies] = [START, 0, SERIES, 0, []];
  receiver = await startReceiver((body) => {
    bodies.push(body);
  });
});
afterEach(async () => {
  await alerts.stop();
  receiver.stop();
  rmSync(folder, { recursive: true, force: true });
});

function start(format: ReceiverInput['format'] = 'webhook', secrets: string[] = []): void {
  const { url } = receiver;
  const condition = { kind: 'threshold', above: '10' } as const;
  alerts = startAlerts({
    ledger: { forTenant: () => reader },
    stateDir: folder,
    rules: [ruleSchema.parse({ name: 'spend', measure: 'cost', group_by: ['team'], condition })],
    receivers: [receiverSchema.parse({ name: 'hook', url, format, secrets, allow_private: true })],
    publicUrl: 'http://localhost:4320',
    intervalMs: 10,
    now: () => clock,
    log: pino({ level: 'silent' }),
  });
}
const until = (done: () => boolean) => untilDone(done, () => bodies.length);
const told = () => bodies.map((body) => (body as Told).data);

test(
  'hundreds of series that fire at once are one message with the dearest in it, and a bounded number of questions',
  { timeout: 90_000 },
  async () => {
    high = SERIES;
    start();
    await until(() => bodies.length > 0);
    await settled(alerts);
    expect(bodies).toHaveLength(1);
    const [first] = told();
    expect([first?.alerts.length, first?.truncatedAlerts]).toEqual([10, SERIES - 10]);
    expect(first?.alerts[0]?.labels['team']).toBe(`team-${SERIES - 1}`);
    expect(JSON.stringify(bodies[0]).length).toBeLessThan(20_000);
    expect(queries / alerts.progress().rounds).toBeLessThan(100);
    high = 100;
    await until(() => bodies.length === 2);
    high = 0;
    await until(() => bodies.length === 3);
    expect(
      told().map(({ status, incident, alerts: shown, truncatedAlerts }) => [status, incident.firing, shown.length + truncatedAlerts]),
    ).toEqual([
      ['firing', SERIES, SERIES],
      ['resolved', 100, 200],
      ['resolved', 0, 100],
    ]);
    expect(new Set(told().map(({ incident }) => incident.key)).size).toBe(1);
  },
);

test('PagerDuty is given one incident, which ends with the last of its series', async () => {
  series = 20;
  high = 20;
  start('pagerduty', ['routing-key']);
  await until(() => bodies.length === 1);
  high = 5;
  await settled(alerts);
  high = 0;
  await until(() => bodies.length === 2);
  const [triggered, resolved] = bodies as { event_action: string; dedup_key: string }[];
  expect([triggered?.event_action, resolved?.event_action]).toEqual(['trigger', 'resolve']);
  expect(triggered?.dedup_key).toBe(resolved?.dedup_key);
});

test('who flaps at its bound for an hour is told a few times, not each time', { timeout: 90_000 }, async () => {
  series = 1;
  start();
  for (let minute = 0; minute < 60; minute++) {
    high = minute % 2;
    clock = START + minute * 60_000;
    await settled(alerts);
  }
  const firings = told().filter(({ status }) => status === 'firing').length;
  expect(firings).toBeGreaterThan(1);
  expect(firings).toBeLessThanOrEqual(6);
});
