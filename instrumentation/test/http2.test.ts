import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startSimulator } from '@tokenledger/simulator';
import { expect, test } from 'vitest';
import { startHttp2Front } from './http2-front.ts';
import { startSink } from './otlp-sink.ts';
import { runApp } from './run-app.ts';
import { usageOf } from './usage-of.ts';

/** What Node's `fetch` does by itself from Node 26 on, where the provider has HTTP/2. */
const APP = `
  const body = (stream) => JSON.stringify({ model: 'gpt-5', messages: [], stream, stream_options: stream ? { include_usage: true } : undefined });
  await fetch('data:,');
  await fetch(process.env.BASE_URL + '/healthz').catch(() => {});
  const { constructor: Agent } = globalThis[Symbol.for('undici.globalDispatcher.1')];
  const dispatcher = new Agent({ allowH2: true });
  for (const stream of [false, true, false]) {
    const answer = await fetch(process.env.BASE_URL + '/v1/chat/completions',
      { method: 'POST', headers: { 'content-type': 'application/json' }, body: body(stream), dispatcher });
    console.log(answer.status, (await answer.text()).length > 0);
  }
  await dispatcher.close();`;

test('a call that fetch makes over HTTP/2 is told once, although Node tells of it twice', async () => {
  const [simulator, sink] = [await startSimulator(), await startSink()];
  const front = await startHttp2Front(simulator.url);
  const folder = await mkdtemp(join(tmpdir(), 'tokenledger-http2-'));
  const ca = join(folder, 'ca.pem');
  await writeFile(ca, front.cert);
  const env = { BASE_URL: front.tlsUrl, NODE_EXTRA_CA_CERTS: ca, OTEL_EXPORTER_OTLP_ENDPOINT: sink.url };
  const { stdout, stderr, code } = await runApp(
    ['--import', '@tokenledger/instrumentation/register', '--input-type=module', '--eval', APP],
    { env },
  );
  await sink.close();
  front.close();
  await simulator.stop();
  await rm(folder, { recursive: true });
  expect([stderr, code, stdout]).toEqual(['', 0, '200 true\n'.repeat(3)]);
  expect(front.versions.filter((version) => version === '2.0')).toHaveLength(3);
  expect(sink.spans.map(usageOf)).toEqual(simulator.bill().map(({ usage }) => usage));
});
