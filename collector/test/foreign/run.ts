import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startEngine } from '@tokenledger/ledger';
import type { Books } from '../../src/index.ts';
import { begin } from '../fault/life.ts';
import { askEngine } from '../reprice/ask-engine.ts';
import { type ForeignClient, foreignClients } from './clients.ts';

/** `npm run test:clients`: every client through a calm, an overloaded and a killed collector; each call must be stored once. */
const BATCHES = 20;
const SIZE = 25;
const DOWN_MS = 1000;

const TROUBLES = ['calm', 'overload', 'restart'] as const;
type Trouble = (typeof TROUBLES)[number];

const dataDir = await mkdtemp(join(tmpdir(), 'foreign-'));
let life = await begin(dataDir, 0);
const httpPort = Number(new URL(life.url).port);
const grpcPort = Number(new URL(life.grpcUrl).port);

/** Go and Python name a gRPC endpoint without a scheme or with one; all take host:port of HTTP as it is. */
function endpointOf({ name, protocol }: ForeignClient): string {
  if (name.startsWith('Go')) return `127.0.0.1:${protocol === 'http' ? httpPort : grpcPort}`;
  return `http://127.0.0.1:${protocol === 'http' ? httpPort : grpcPort}`;
}

async function restart(limits: Parameters<typeof begin>[2] = {}, downMs = 0): Promise<void> {
  await life.kill('everything');
  await sleep(downMs);
  life = await begin(dataDir, httpPort, limits, grpcPort);
}

async function runTrouble(client: ForeignClient, trouble: Trouble, prefix: string): Promise<number> {
  await restart(trouble === 'overload' ? { keyRequestsPerSecond: 3 } : {});
  const exported = client.export(endpointOf(client), prefix, BATCHES, SIZE);
  if (trouble === 'restart') {
    await sleep(1500);
    await restart({}, DOWN_MS);
  }
  return exported;
}

const rows: { client: string; trouble: Trouble; 'given up by the exporter': number; prefix: string }[] = [];
try {
  const clients = foreignClients((name, reason) => console.log(`skipped: ${name}, ${reason}`));
  for (const [index, client] of clients.entries()) {
    for (const trouble of TROUBLES) {
      const prefix = `${trouble}-${index}`;
      const givenUp = await runTrouble(client, trouble, prefix);
      rows.push({ client: client.name, trouble, 'given up by the exporter': givenUp, prefix });
      console.log(`${client.name}, ${trouble}: sent, ${givenUp} batches given up and exported again`);
    }
  }
  for (let waiting = 1; waiting > 0; await sleep(100)) ({ waiting } = (await (await fetch(`${life.url}/v1/books`)).json()) as Books);
  await life.stop();
  const engine = await startEngine({ dataDir: `${dataDir}/clickhouse` });
  const stored = await askEngine<{ prefix: string; ids: number; calls: number }>(
    engine,
    `SELECT extract(response_id, '^(.*)-') AS prefix, toInt32(uniqExact(response_id)) AS ids, toInt32(sum(delta_calls)) AS calls FROM calls GROUP BY prefix`,
  );
  await engine.stop();
  console.table(
    rows.map(({ prefix, ...row }) => {
      const { ids = 0, calls = 0 } = stored.find((found) => found.prefix === prefix) ?? {};
      const held = ids === BATCHES * SIZE && calls === BATCHES * SIZE;
      if (!held) process.exitCode = 1;
      return { ...row, sent: BATCHES * SIZE, stored: ids, billed: calls, held };
    }),
  );
} finally {
  await life.kill('everything');
  await rm(dataDir, { recursive: true, force: true, maxRetries: 5 });
}
