import { afterEach, expect, test } from 'vitest';
import { flush } from '../src/flush.ts';
import { setInstalled } from '../src/installed.ts';

const deliver = (): Promise<void> => Promise.resolve();

afterEach(() => setInstalled({ deliver, patienceMs: 0 }));

test('waits for a provider that never answers only so long as it is told', async () => {
  setInstalled({ deliver: () => new Promise(() => {}), patienceMs: 600_000 });
  await flush({ timeoutMs: 10 });
  setInstalled({ deliver: () => new Promise(() => {}), patienceMs: 10 });
  await flush();
});

test('what goes wrong with somebody’s provider is not thrown at who flushes', async () => {
  setInstalled({ deliver: () => Promise.reject(new Error('their exporter')), patienceMs: 600_000 });
  await expect(flush()).resolves.toBeUndefined();
});
