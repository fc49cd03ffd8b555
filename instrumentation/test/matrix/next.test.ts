import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startSimulator } from '@tokenledger/simulator';
import { describe, expect, test } from 'vitest';
import { startSink } from '../otlp-sink.ts';
import { usageOf } from '../usage-of.ts';
import { INSTALLED, NODES, isMatrixWanted, nodePath } from './platforms.ts';

/** Next.js bundles the SDKs and wraps `fetch` in spans of its own. */
describe.runIf(isMatrixWanted)('a production build of Next.js', () => {
  test.each(Object.keys(NODES))('has one span per call, each with its bill, on %s', async (node) => {
    const [simulator, sink] = [await startSimulator(), await startSink()];
    const args = ['--import', '@tokenledger/instrumentation/register', 'node_modules/next/dist/bin/next', 'start', '-p', '0'];
    const env = {
      PATH: process.env['PATH'] ?? '',
      NEXT_TELEMETRY_DISABLED: '1',
      BASE_URL: simulator.url,
      OTEL_EXPORTER_OTLP_ENDPOINT: sink.url,
    };
    const server = spawn(nodePath(node), args, { cwd: join(INSTALLED, 'next'), env, stdio: ['ignore', 'pipe', 'ignore'] });
    const exited = new Promise((resolve) => server.once('exit', resolve));
    let out = '';
    server.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
    const url = async (): Promise<string> => {
      for (;;) {
        const found = /http:\/\/localhost:(\d+)/.exec(out);
        if (found && out.includes('Ready')) return `http://127.0.0.1:${found[1]}/api/ask`;
        await sleep(50);
      }
    };
    expect(await (await fetch(await url())).json()).toEqual({ ok: true });
    server.kill('SIGTERM');
    await exited;

    const calls = sink.spans.filter((span) => span.attributes['gen_ai.operation.name'] !== undefined);
    const models = ['anthropic', 'anthropic_stream', 'openai', 'openai_stream'];
    expect(calls.map((span) => String(span.attributes['gen_ai.request.model'])).sort()).toEqual(models);
    for (const { requestModel, usage } of simulator.bill()) {
      const span = calls.find((call) => call.attributes['gen_ai.request.model'] === requestModel);
      expect([requestModel, span && usageOf(span)]).toEqual([requestModel, usage]);
    }
    await sink.close();
    await simulator.stop();
  });
});
