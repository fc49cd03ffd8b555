import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TenantReader } from '@tokenledger/ledger';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Alerts, receiverSchema, ruleSchema, startAlerts } from '../src/index.ts';

const INSTALLED = join(import.meta.dirname, '.alertmanager/usr/bin/prometheus-alertmanager');
const BINARY = process.env['ALERTMANAGER'] ?? (existsSync(INSTALLED) ? INSTALLED : 'prometheus-alertmanager');
const version = versionOf(BINARY);
if (version === undefined) {
  process.stdout.write(`skipped: no ${BINARY}; \`alerts/test/install-alertmanager.sh\` installs it, or set ALERTMANAGER to its path\n`);
}

/** Reads what it wants of a real Alertmanager's API. */
interface Known {
  readonly labels: Readonly<Record<string, string>>;
  readonly status: { readonly state: 'active' | 'suppressed' | 'unprocessed'; readonly silencedBy: readonly string[] };
}

describe.skipIf(version === undefined)('a real Alertmanager', { timeout: 120_000 }, () => {
  let folder: string;
  let alertmanager: ChildProcess;
  let url: string;
  let hook: Server;
  let told: { readonly status: string; readonly alerts: readonly { readonly status: string; readonly labels: Record<string, string> }[] }[];
  let usd: number;
  let replicas: Alerts[];

  beforeEach(async () => {
    [folder, told, usd, replicas] = [mkdtempSync(join(tmpdir(), 'tokenledger-alertmanager-')), [], 0, []];
    hook = createServer((request, response) => {
      let text = '';
      request.on('data', (chunk: Buffer) => (text += chunk.toString()));
      request.on('end', () => {
        told.push(JSON.parse(text) as (typeof told)[number]);
        response.writeHead(200).end();
      });
    });
    const hookPort = await listen(hook);
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    const config = join(folder, 'alertmanager.yml');
    const route = 'receiver: hook\n  group_by: [alertname]\n  group_wait: 1s\n  group_interval: 1s\n  repeat_interval: 1h';
    writeFileSync(
      config,
      `route:\n  ${route}\nreceivers:\n  - name: hook\n    webhook_configs:\n      - url: http://127.0.0.1:${hookPort}/\n`,
    );
    const flags = [`--config.file=${config}`, `--storage.path=${join(folder, 'data')}`, `--web.listen-address=127.0.0.1:${port}`];
    alertmanager = spawn(BINARY, [...flags, '--cluster.listen-address='], { stdio: 'ignore' });
    await until(async () => (await fetch(`${url}/-/ready`)).ok);
  });
  afterEach(async () => {
    for (const replica of replicas) await replica.stop();
    alertmanager.kill();
    hook.closeAllConnections();
    await new Promise((resolve) => hook.close(resolve));
    rmSync(folder, { recursive: true, force: true });
  });

  const reader = {
    spend: async () => ({
      rows: [{ dimensions: {}, measures: { cost: BigInt(usd) * 1_000_000_000_000n, calls: 1 } }],
      stepMs: null,
      truncated: false,
      sources: [],
    }),
    calls: async () => ({ calls: [] }),
  } as Partial<TenantReader> as TenantReader;

  function start(name: string): void {
    replicas.push(
      startAlerts({
        ledger: { forTenant: () => reader },
        stateDir: join(folder, name),
        rules: [ruleSchema.parse({ name: 'spend', measure: 'cost', condition: { kind: 'threshold', above: '10' } })],
        receivers: [receiverSchema.parse({ name: 'am', format: 'alertmanager', url, allow_private: true })],
        publicUrl: 'http://localhost:4320',
        intervalMs: 50,
        pushIntervalMs: 200,
        log: pino({ level: 'silent' }),
      }),
    );
  }
  const known = async () => (await (await fetch(`${url}/api/v2/alerts`)).json()) as readonly Known[];

  test('what fires is pushed, routed and told once, by several replicas too; what ends is resolved there', async () => {
    usd = 11;
    start('one');
    start('two');
    await until(() => told.length > 0);
    expect(await known()).toMatchObject([
      { labels: { alertname: 'spend', severity: 'warning', tenant: 'default' }, status: { state: 'active' } },
    ]);
    usd = 0;
    await until(() => told.at(-1)?.status === 'resolved');
    expect(told.map(({ status, alerts }) => [status, alerts.length])).toEqual([
      ['firing', 1],
      ['resolved', 1],
    ]);
    await until(async () => (await known()).length === 0);
  });

  test('a silence there suppresses what is pushed, and nothing is told', async () => {
    const silence = {
      matchers: [{ name: 'alertname', value: 'spend', isRegex: false, isEqual: true }],
      startsAt: new Date().toISOString(),
      endsAt: new Date(Date.now() + 3_600_000).toISOString(),
      createdBy: 'test',
      comment: 'planned',
    };
    const made = await fetch(`${url}/api/v2/silences`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(silence),
    });
    expect(made.status).toBe(200);
    usd = 11;
    start('one');
    await until(async () => {
      const [first] = await known();
      return first?.status.state === 'suppressed' && first.status.silencedBy.length === 1;
    });
    await sleep(3_000); // group_wait is 1 s
    expect(told).toEqual([]);
  });

  test('when we are gone, what we said fires ends by itself', async () => {
    usd = 11;
    start('one');
    await until(() => told.length === 1);
    await replicas.pop()?.stop();
    await until(() => told.at(-1)?.status === 'resolved');
  });
});

function versionOf(binary: string): string | undefined {
  try {
    return execFileSync(binary, ['--version'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  } catch {
    return undefined;
  }
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

async function freePort(): Promise<number> {
  const server = createServer();
  const port = await listen(server);
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function until(done: () => boolean | Promise<boolean>): Promise<void> {
  const end = Date.now() + 60_000;
  while (!(await Promise.resolve(done()).catch(() => false))) {
    if (Date.now() > end) throw new Error('not in a minute');
    await sleep(50);
  }
}
