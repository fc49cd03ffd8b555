import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { DiagLogLevel, diag, trace } from '@opentelemetry/api';
import { TracerProvider } from '@opentelemetry/sdk-trace';
import type { SpanProcessor } from '@opentelemetry/sdk-trace';
import { expect, test, vi } from 'vitest';
import { flush, recordOutcome, withAttribution, wrapFetch } from '../src/index.ts';
import { tapUndici } from '../src/wire/undici-tap.ts';

test('whatever fails in telemetry, the app gets its answer and keeps running', async () => {
  let failures = 0;
  let isBroken = false;
  const fail = (): void => {
    if (!isBroken) return;
    failures++;
    throw new Error('telemetry is broken');
  };
  const broken: SpanProcessor = { onStart: fail, onEnd: fail, forceFlush: () => Promise.resolve(), shutdown: () => Promise.resolve() };
  trace.setGlobalTracerProvider(new TracerProvider({ spanProcessors: [broken] }));
  diag.setLogger(
    { error: fail, warn: fail, info: fail, debug: fail, verbose: fail },
    { logLevel: DiagLogLevel.ALL, suppressOverrideMessage: true },
  );
  tapUndici();
  isBroken = true;
  const uncaught: unknown[] = [];
  const onUncaught = (error: unknown): void => void uncaught.push(error);
  process.on('uncaughtException', onUncaught);
  const server = createServer((request, response) => {
    request
      .resume()
      .on('end', () => response.setHeader('content-type', 'application/json').end('{"id":"c","choices":[],"usage":{"prompt_tokens":1}}'));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/chat/completions`;

  for (const ask of [fetch, wrapFetch(fetch)]) {
    const response = await ask(url, { method: 'POST', body: '{"model":"m"}' });
    expect(await response.json()).toMatchObject({ id: 'c' });
  }
  recordOutcome({ name: 'answered' });
  expect(withAttribution({ team: 'search' }, () => 'done')).toBe('done');
  await vi.waitFor(() => expect(failures).toBeGreaterThanOrEqual(3), { timeout: 5_000 });
  await sleep(50);
  isBroken = false;
  process.off('uncaughtException', onUncaught);
  diag.disable();
  server.closeAllConnections();
  server.close();
  expect(uncaught).toEqual([]);
});

test('what a caller without types passes harms nobody', async () => {
  const odd = [undefined, null, 7, 'team', { team: Symbol('team') }, { tags: 7 }] as unknown as readonly never[];
  for (const each of odd) {
    expect(withAttribution(each, () => 'done')).toBe('done');
    recordOutcome(each);
    await flush(each);
  }
});
