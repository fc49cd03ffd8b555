import { copyFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { startSimulator } from '@tokenledger/simulator';
import type { BilledCall } from '@tokenledger/simulator';
import { beforeAll, describe, expect, test } from 'vitest';
import { startHttp2Front } from '../http2-front.ts';
import { startSink } from '../otlp-sink.ts';
import type { SinkSpan } from '../otlp-sink.ts';
import { runApp } from '../run-app.ts';
import { usageOf } from '../usage-of.ts';
import { INSTALLED, NODES, isMatrixWanted, nodePath } from './platforms.ts';
import { startHttpProxy } from './provider-stub.ts';

/** Of an answer that the app gave up nothing is stated. */
const GIVEN_UP = new Set(['h2_abort', 'cancelled', 'timeout_in_body']);

describe.runIf(isMatrixWanted).each(Object.keys(NODES))('every way to a model and to its answer, on %s', (node) => {
  let spans: readonly SinkSpan[];
  let bill: readonly BilledCall[];
  const seen: string[] = [];

  beforeAll(async () => {
    const [simulator, proxy, sink] = [await startSimulator(), await startHttpProxy(), await startSink()];
    const front = await startHttp2Front(simulator.url);
    const unsteady = await startUnsteady();
    const cwd = join(INSTALLED, 'http-clients');
    await copyFile(join(import.meta.dirname, 'apps/transports.mjs'), join(cwd, 'transports.mjs'));
    const ca = join(cwd, 'ca.pem');
    await writeFile(ca, front.cert);
    const urls = {
      BASE_URL: simulator.url,
      H2_URL: front.plainUrl,
      TLS_URL: front.tlsUrl,
      UNSTEADY_URL: unsteady.url,
      PROXY_URL: proxy.url,
    };
    const env = { ...urls, NODE_EXTRA_CA_CERTS: ca, OTEL_EXPORTER_OTLP_ENDPOINT: sink.url };
    for (const args of [['transports.mjs'], ['--import', '@tokenledger/instrumentation/register', 'transports.mjs']]) {
      simulator.reset();
      const run = await runApp(args, { cwd, env, node: nodePath(node) });
      seen.push(`${run.code} ${run.stdout} ${run.stderr.replaceAll(/\(node:\d+\)/g, '')}`);
    }
    await sink.close();
    await simulator.stop();
    for (const server of [front, proxy, unsteady]) server.close();
    spans = sink.spans;
    bill = simulator.bill();
  });

  test('the app sees exactly what it sees without us', () => {
    expect(seen[1]).toBe(seen[0]);
    expect(seen[0]).not.toContain('"error"');
  });

  test('a name that undici looked up by itself is still the server’s', () => {
    const { attributes } = spans.find(({ name }) => name === 'chat dns') ?? {};
    expect(attributes?.['server.address']).toBe('localhost');
  });

  test('every call is one span with its bill', () => {
    const billed = bill.map(({ requestModel, usage }) => [requestModel, GIVEN_UP.has(requestModel) ? 'estimated' : usage]);
    const told = bill.map(({ requestModel, responseId }) => {
      const [span, ...more] = spans.filter(({ attributes }) => attributes['gen_ai.response.id'] === responseId);
      if (!span || more.length > 0) return [requestModel, `${more.length + (span ? 1 : 0)} spans`];
      return [requestModel, span.attributes['tokenledger.usage.estimated'] ? 'estimated' : usageOf(span)];
    });
    expect(told).toEqual(billed);
    const others = spans.filter(({ attributes }) => !bill.some(({ responseId }) => responseId === attributes['gen_ai.response.id']));
    // Undici does not say which request is a retry: each try is told.
    expect(others.map(({ name, attributes }) => [name, attributes['error.type']])).toEqual([
      ['chat retry_agent', '503'],
      ['chat retry_agent', undefined],
    ]);
  });
});

/** Refuses every other request. */
async function startUnsteady(): Promise<{ readonly url: string; close(): void }> {
  let requests = 0;
  const server = createServer((incoming, outgoing) => {
    incoming.resume();
    if (requests++ % 2 === 0) return outgoing.writeHead(503, { 'retry-after': '0' }).end();
    return outgoing.setHeader('content-type', 'application/json').end('{"model":"x","usage":{"prompt_tokens":1,"completion_tokens":1}}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close: () => server.close() };
}
