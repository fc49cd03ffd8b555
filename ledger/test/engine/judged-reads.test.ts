import { expect, test } from 'vitest';
import { JudgedReads } from '../../src/engine/judged-reads.ts';

test('what was judged holds for a text that differs in digits alone, and for no other', () => {
  const judged = new JudgedReads();
  const sql = "SELECT sum(cost) FROM usage_1m WHERE time < '2026-01-31 10:00:00'";
  expect(judged.has(sql)).toBe(false);
  judged.add(sql);
  expect(judged.has(sql.replace('31 10', '28 23'))).toBe(true);
  for (const other of [`${sql};`, sql.replace("00'", "0'"), sql.replace("00'", "00''"), sql.replace('SELECT', 'DELETE')]) {
    expect(judged.has(other)).toBe(false);
  }
});

test('texts without end do not fill the memory', () => {
  const judged = new JudgedReads();
  for (let index = 0; index < 5000; index++) judged.add(`SELECT ${'x'.repeat(index)}`);
  expect(judged.has('SELECT ')).toBe(false);
  judged.add(`SELECT ${'y'.repeat(1_000_000)}`);
  expect(judged.has(`SELECT ${'y'.repeat(1_000_000)}`)).toBe(false);
});
