import { expect, test } from 'vitest';
import { runDiskFull } from './disk-full.ts';

test('a disk that is full to its last byte accepts nothing, loses nothing, and takes again when it is freed', async ({ skip }) => {
  const result = await runDiskFull(2);
  if (!result) return skip('no small disk can be mounted here: it takes root');
  const { lost, doubled, wrong, drift, unbalanced, refusals } = result;
  expect({ lost, doubled, wrong, drift, unbalanced }).toEqual({
    lost: [],
    doubled: [],
    wrong: [],
    drift: [],
    unbalanced: 0,
  });
  expect(Object.keys(refusals)).toEqual(['503 retry-after: 1']);
}, 180_000);
