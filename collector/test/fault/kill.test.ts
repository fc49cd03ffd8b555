import { expect, test } from 'vitest';
import { runKillTrials } from './kill-trials.ts';

test('kill -9 of everything, of the collector or of the engine, or the end of the receiving thread, under load loses nothing, doubles nothing and leaves the books balanced', async () => {
  const { lost, doubled, wrong, drift, unbalanced, obligations, calls } = await runKillTrials({
    trials: 5,
    victims: ['everything', 'collector', 'receiving thread', 'engine'],
    seed: 20_261_123,
    clients: 4,
    longestLifeMs: 1500,
  });
  expect({ lost, doubled, wrong, drift, unbalanced }).toEqual({ lost: [], doubled: [], wrong: [], drift: [], unbalanced: [] });
  expect(obligations).toBeGreaterThan(20);
  // What was stored without having been promised was sent again until it was.
  expect(calls).toBe(obligations);
}, 600_000);
