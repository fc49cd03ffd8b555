import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { disagreementReport } from '../scripts/price-disagreements.ts';

const { markdown, unexplained } = disagreementReport();

test('every difference to an independent price table has a reason', () => {
  expect(unexplained).toEqual([]);
});

test('the page in docs says so', () => {
  expect(readFileSync(new URL('../../docs/price-disagreements.md', import.meta.url), 'utf8')).toBe(markdown);
});
