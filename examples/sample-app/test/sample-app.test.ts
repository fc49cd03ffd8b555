import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { startSimulator } from '@tokenledger/simulator';
import { expect, test } from 'vitest';

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));

interface Run {
  readonly providerUrl: string;
  readonly args: readonly string[];
  readonly collectorUrl: string;
}

function startApp({ providerUrl, args, collectorUrl }: Run) {
  return spawn(process.execPath, [MAIN, '--simulator', providerUrl, ...args], {
    env: { ...process.env, OTEL_EXPORTER_OTLP_ENDPOINT: collectorUrl, OTEL_SERVICE_NAME: 'sample-app' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** Keeps what is sent to it. Strings stand in OTLP protobuf as they are, so ids and names can be looked for in the bytes. */
async function startCollectorStandIn() {
  const bodies: Buffer[] = [];
  const server = createServer(async (request, response) => {
    for await (const chunk of request) bodies.push(chunk as Buffer);
    response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const stop = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, sent: () => Buffer.concat(bodies), stop };
}

test('every answered call leaves as a span with its team, feature and customer', async () => {
  const simulator = await startSimulator({ seed: 4, errorRate: 0.03 });
  const collector = await startCollectorStandIn();
  const app = startApp({
    providerUrl: simulator.url,
    collectorUrl: collector.url,
    args: ['--calls', '70', '--tasks-per-second', '200', '--seed', '3'],
  });
  let output = '';
  app.stdout.on('data', (data: Buffer) => (output += data.toString()));
  app.stderr.on('data', (data: Buffer) => (output += data.toString()));
  expect(await once(app, 'exit')).toEqual([0, null]);
  expect(output).toMatch(/^\d+ tasks done, \d+ failed\n$/);

  const bill = simulator.bill();
  expect(bill.filter(({ status }) => status === 200).length).toBeOneOf([70, 71]);
  expect(new Set(bill.map(({ operation }) => operation))).toEqual(new Set(['chat', 'responses', 'embeddings', 'messages']));
  expect(bill.some(({ streamed }) => streamed)).toBe(true);
  const sent = collector.sent();
  for (const { responseId } of bill) if (responseId) expect(sent.includes(responseId), responseId).toBe(true);
  for (const name of [
    'tokenledger.team',
    'support',
    'platform',
    'search',
    'tokenledger.feature',
    'fix-agent',
    'globex',
    'POST /search/answer',
  ]) {
    expect(sent.includes(name), name).toBe(true);
  }
  await Promise.all([simulator.stop(), collector.stop()]);
});

test('told to stop, it finishes what is under way and ends well', async () => {
  const simulator = await startSimulator({ latencyMs: 50 });
  const collector = await startCollectorStandIn();
  const app = startApp({ providerUrl: simulator.url, collectorUrl: collector.url, args: ['--tasks-per-second', '50'] });
  while (simulator.bill().length < 10) await new Promise((resolve) => setTimeout(resolve, 20));
  app.kill('SIGTERM');
  const [[line]] = (await Promise.all([once(app.stdout, 'data'), once(app, 'exit')])) as [[Buffer], unknown];
  expect(line.toString()).toMatch(/\d+ tasks done, 0 failed/);
  await Promise.all([simulator.stop(), collector.stop()]);
});
