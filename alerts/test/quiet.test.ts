import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TenantReader } from '@tokenledger/ledger';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Alerts, type ReceiverInput, receiverSchema, type RuleInput, ruleSchema, startAlerts } from '../src/index.ts';
import type { Told } from '../src/render.ts';
import { type ListeningReceiver, startReceiver } from './fixtures/listening-receiver.ts';
import { settled, until as untilDone } from './fixtures/patience.ts';

const START = Date.parse('2026-11-20T12:00:00Z');
let folder: string;
let clock: number;
let usd: number;
let receiver: ListeningReceiver;
let bodies: { readonly path: string; readonly body: unknown }[];
let alerts: Alerts;

const reader = {
  spend: async () => ({
    rows: [{ dimensions: {}, measures: { cost: BigInt(usd) * 1_000_000_000_000n, calls: 1 } }],
    stepMs: null,
    truncated: false,
    sources: [],
  }),
  calls: async () => ({ calls: [] }),
} as Partial<TenantReader> as TenantReader;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tokenledger-alerts-quiet-'));
  clock = START;
  usd = 0;
  bodies = [];
  receiver = await startReceiver((body, path) => {
    bodies.push({ path, body });
  });
});
afterEach(async () => {
  await alerts.stop();
  receiver.stop();
  rmSync(folder, { recursive: true, force: true });
});

const rule = (name: string, above: string, severity: RuleInput['severity'] = 'warning') =>
  ruleSchema.parse({ name, measure: 'cost', severity, condition: { kind: 'threshold', above } });

function start(rules: ReturnType<typeof rule>[], format: ReceiverInput['format'] = 'webhook', names = ['']): void {
  const { url } = receiver;
  alerts = startAlerts({
    ledger: { forTenant: () => reader },
    stateDir: folder,
    rules,
    receivers: names.map((name) => receiverSchema.parse({ name: name || 'hook', url: `${url}/${name}`, format, allow_private: true })),
    publicUrl: 'http://localhost:4320',
    intervalMs: 10,
    pushIntervalMs: 50,
    now: () => clock,
    log: pino({ level: 'silent' }),
  });
}

const told = () => bodies.map(({ body }) => `${(body as Told).data.alerts[0]?.labels['alertname'] ?? ''} ${(body as Told).data.status}`);
const until = (done: () => boolean) => untilDone(done, () => bodies);

test('a silenced alert is not told; one that still fires when the silence ends is told then', async () => {
  start([rule('spend', '10')]);
  const own = alerts.forTenant('default');
  own.addSilence({
    matchers: [{ name: 'alertname', value: 'spend' }],
    starts_at: new Date(START - 1).toISOString(),
    ends_at: new Date(START + 60_000).toISOString(),
    comment: '',
    created_by: '',
  });
  usd = 11;
  await until(() => own.active()[0]?.state.phase === 'firing');
  await settled(alerts);
  expect(told()).toEqual([]);
  clock = START + 60_000;
  await until(() => bodies.length === 1);
  expect(told()).toEqual(['spend firing']);
});

test('what fired and ended within a silence is told neither way, and is in the history', async () => {
  start([rule('spend', '10')]);
  const own = alerts.forTenant('default');
  const [starts_at, ends_at] = [new Date(START - 1).toISOString(), new Date(START + 60_000).toISOString()];
  own.addSilence({ matchers: [{ name: 'severity', value: 'warning' }], starts_at, ends_at, comment: '', created_by: '' });
  usd = 11;
  await until(() => own.active().length === 1);
  usd = 0;
  await until(() => own.active().length === 0);
  await settled(alerts);
  expect(bodies).toEqual([]);
  expect(own.history({ from: START - 1, to: START + 1 }, 10).map(({ event }) => event)).toEqual(['resolved', 'firing']);
  expect(own.annotations({ from: START - 1, to: START + 1 })).toMatchObject([{ timeMs: START, endMs: START, title: 'spend' }]);
});

test('a critical alert says it for the warning about the same thing', async () => {
  usd = 25;
  start([rule('high', '10'), rule('very-high', '20', 'critical')]);
  await until(() => alerts.list('default').filter(({ state }) => state.phase === 'firing').length === 2);
  await settled(alerts);
  expect(told()).toEqual(['very-high firing']);
  usd = 15;
  await until(() => bodies.length === 3);
  expect(told().toSorted()).toEqual(['high firing', 'very-high firing', 'very-high resolved']);
});

test('an alert whose rule is switched off ends', async () => {
  start([rule('spend', '10')]);
  usd = 11;
  await until(() => bodies.length === 1);
  alerts.forTenant('default').putRule({ name: 'spend', measure: 'cost', condition: { kind: 'threshold', above: '10' }, enabled: false });
  await until(() => bodies.length === 2);
  expect(told()).toEqual(['spend firing', 'spend resolved']);
});

test.each(['removed', 'changed'] as const)(
  'who was told that an alert fires is told of its end, and nobody else: its rule is %s',
  async (fate) => {
    const spend = { name: 'spend', measure: 'cost', condition: { kind: 'threshold' as const, above: '10' } };
    start([], 'webhook', ['first', 'second']);
    const own = alerts.forTenant('default');
    own.putRule({ ...spend, receivers: ['first'] });
    usd = 11;
    await until(() => bodies.length === 1);
    if (fate === 'removed') own.removeRule('spend');
    else {
      own.putRule({ ...spend, receivers: ['second'] });
      usd = 0;
    }
    await until(() => bodies.length === 2);
    await settled(alerts);
    expect(bodies.map(({ path, body }) => `${path} ${(body as Told).data.status}`)).toEqual(['/first firing', '/first resolved']);
  },
);

test('an Alertmanager is given what fires again and again, with an end that passes if we are gone, and its end when it resolves', async () => {
  start([rule('spend', '10')], 'alertmanager');
  usd = 11;
  await until(() => bodies.length >= 3);
  const [first] = bodies.map(({ body }) => (body as { endsAt: string; labels: object }[])[0]);
  expect(bodies.every(({ path }) => path === '/api/v2/alerts')).toBe(true);
  expect(first?.labels).toEqual({ alertname: 'spend', severity: 'warning', tenant: 'default' });
  expect(Date.parse(first?.endsAt ?? '')).toBeGreaterThan(Date.now() - 5_000);
  usd = 0;
  clock = START + 1_000;
  // A round that was under way has the time from before.
  const ended = () =>
    [START, START + 1_000].includes(Date.parse((bodies.at(-1)?.body as { endsAt: string }[] | undefined)?.[0]?.endsAt ?? ''));
  await until(ended);
});

test.each([
  ['slack', { blocks: [{ type: 'header' }, { type: 'section' }, { type: 'section' }, { type: 'actions' }] }],
  ['teams', { type: 'message', attachments: [{ content: { type: 'AdaptiveCard', version: '1.4' } }] }],
  ['discord', { allowed_mentions: { parse: [] }, embeds: [{ title: 'FIRING spend' }] }],
] as const)('%s is told in its own words', async (format, body) => {
  start([rule('spend', '10')], format);
  usd = 11;
  await until(() => bodies.length === 1);
  expect(bodies[0]?.body).toMatchObject(body);
});
