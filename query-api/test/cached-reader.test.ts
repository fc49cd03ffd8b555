import type { TenantReader } from '@tokenledger/ledger';
import { expect, test } from 'vitest';
import { cachedReader, cachedReaders } from '../src/cached-reader.ts';

const HOUR_MS = 3_600_000;
const NOW = 1_000 * HOUR_MS;

/** A reader that counts what it is asked, and fails while `broken`. */
function countingReader() {
  const state = { asked: 0, broken: false };
  const dimensionValues = async () => {
    state.asked += 1;
    if (state.broken) throw new Error('away');
    return [{ value: String(state.asked), calls: 1 }];
  };
  return { state, reader: { dimensionValues } as unknown as TenantReader };
}
const query = (to: number, limit = 10) => ({ dimension: 'team', from: 0, to, limit }) as const;

test('the same question is asked once while its answer is fresh, another one at once', async () => {
  const { state, reader } = countingReader();
  let now = NOW;
  const cached = cachedReader(reader, () => now);
  await Promise.all([cached.dimensionValues(query(NOW)), cached.dimensionValues(query(NOW))]);
  expect(state.asked).toBe(1);
  await cached.dimensionValues(query(NOW, 11));
  expect(state.asked).toBe(2);
  now += 2001;
  await cached.dimensionValues(query(NOW));
  expect(state.asked).toBe(3);
});

test('what is past is kept longer', async () => {
  const { state, reader } = countingReader();
  let now = NOW;
  const cached = cachedReader(reader, () => now);
  await cached.dimensionValues(query(NOW - 2 * HOUR_MS));
  now += 29_000;
  await cached.dimensionValues(query(NOW - 2 * HOUR_MS));
  expect(state.asked).toBe(1);
});

test('a failure is not kept', async () => {
  const { state, reader } = countingReader();
  const cached = cachedReader(reader, () => NOW);
  state.broken = true;
  await expect(cached.dimensionValues(query(NOW))).rejects.toThrow('away');
  state.broken = false;
  await expect(cached.dimensionValues(query(NOW))).resolves.toHaveLength(1);
});

test('tenants never share an answer', async () => {
  const readers = cachedReaders((tenant) => ({ dimensionValues: async () => [{ value: tenant, calls: 1 }] }) as unknown as TenantReader);
  const [a, b, again] = await Promise.all(['a', 'b', 'a'].map((tenant) => readers(tenant).dimensionValues(query(NOW))));
  expect([a, b, again].map((values) => values?.[0]?.value)).toEqual(['a', 'b', 'a']);
});
