import { setTimeout as sleep } from 'node:timers/promises';
import { openLedger, startEngine } from '@tokenledger/ledger';
import { expect, onTestFinished, test } from 'vitest';
import { start, temporaryDirectory, until } from '../start.ts';
import { FAULTS, startFaultyProxy } from './faulty-proxy.ts';
import { judge } from './judge.ts';
import { createOracle } from './oracle.ts';

/** How long ClickHouse is away each time. */
const AWAY_MS = 1200;

test('ClickHouse that refuses, is silent, answers 500, breaks off or loses its answers costs no call and doubles none', async () => {
  const engine = await startEngine({ dataDir: await temporaryDirectory() });
  onTestFinished(() => engine.stop());
  const proxy = await startFaultyProxy(engine.url);
  onTestFinished(() => proxy.close());
  const ledger = openLedger({ ...engine, url: proxy.url, username: engine.username, password: engine.password });
  onTestFinished(() => ledger.close());
  await ledger.migrate();
  const { url, books } = await start({ ledger, limits: { segmentMs: 100 } });
  const oracle = createOracle(() => url);
  const sending = oracle.run(3);

  for (const fault of FAULTS) {
    const before = proxy.met();
    const promised = oracle.obligations.size;
    proxy.fault = fault;
    proxy.cut();
    await until(() => proxy.met() > before, 10_000);
    await sleep(AWAY_MS);
    expect(books().balanced).toBe(true);
    expect(oracle.obligations.size).toBeGreaterThan(promised);
    proxy.fault = undefined;
    proxy.cut();
    await sleep(AWAY_MS / 2);
  }

  oracle.stop();
  await sending;
  await until(() => books().waiting === 0, 120_000);
  expect(books().balanced).toBe(true);
  const { calls, ...faults } = await judge(engine, oracle.obligations);
  expect(faults).toEqual({ lost: [], doubled: [], wrong: [], drift: [] });
  expect(calls).toBe(oracle.obligations.size);
}, 240_000);
