import { expect, test } from 'vitest';
import { runFuzz } from './fuzz-trials.ts';

test('a thousand broken requests are each answered, and cost no good span beside the broken one', async () => {
  const { statuses, lostNeighbours, neighbours, books, complaints } = await runFuzz(1000, 20_261_126);
  expect(Object.keys(statuses).filter((status) => !['200', '400', '415'].includes(status))).toEqual([]);
  expect({ lostNeighbours, complaints }).toEqual({ lostNeighbours: [], complaints: '' });
  expect(neighbours).toBeGreaterThan(500);
  expect(books.balanced).toBe(true);
}, 120_000);
