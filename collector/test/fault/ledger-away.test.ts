import { expect, test } from 'vitest';
import { temporaryDirectory } from '../start.ts';
import { runLedgerAway } from './ledger-away.ts';

test('ClickHouse that refuses, is silent, answers 500, breaks off or loses its answers costs no call and doubles none', async () => {
  const result = await runLedgerAway({ dataDir: await temporaryDirectory(), awayMs: 1200, clients: 3 });
  const { lost, doubled, wrong, drift, unbalanced, acceptedMeanwhile, calls, obligations } = result;
  expect({ lost, doubled, wrong, drift, unbalanced }).toEqual({ lost: [], doubled: [], wrong: [], drift: [], unbalanced: 0 });
  expect(Math.min(...acceptedMeanwhile)).toBeGreaterThan(0);
  expect(calls).toBe(obligations);
}, 240_000);
