import { expect, test } from 'vitest';
import { isInhibited, isSilenced, silenceSchema } from '../src/silence.ts';

const at = (hour: number) => Date.parse(`2026-11-20T${String(hour).padStart(2, '0')}:00:00Z`);
const silence = {
  id: 's',
  matchers: [
    { name: 'team', value: 'search' },
    { name: 'severity', value: 'warning' },
  ],
  starts_at: '2026-11-20T10:00:00Z',
  ends_at: '2026-11-20T12:00:00Z',
  comment: '',
  created_by: '',
};

test('a maintenance window begins and ends to the minute, and silences what matches in everything', () => {
  const labels = { team: 'search', severity: 'warning', alertname: 'spend' };
  expect([9, 10, 11, 12].map((hour) => isSilenced(labels, [silence], at(hour)))).toEqual([false, true, true, false]);
  expect(isSilenced(labels, [silence], at(10) - 1)).toBe(false);
  expect(isSilenced({ ...labels, severity: 'critical' }, [silence], at(11))).toBe(false);
  expect(isSilenced({ severity: 'warning' }, [silence], at(11))).toBe(false);
});

test('weekly maintenance is quiet at the same hours of every week after it began, and at no others', () => {
  const labels = { team: 'search', severity: 'warning' };
  const weekly = { ...silence, repeat: 'weekly' as const };
  const week = 7 * 24;
  const quiet = (hour: number) => isSilenced(labels, [weekly], at(0) + hour * 3_600_000);
  expect([10, 11, week + 10, week + 11, 52 * week + 11].map(quiet)).toEqual([true, true, true, true, true]);
  expect([9, 12, 24 + 11, week + 9, week + 12, 11 - week].map(quiet)).toEqual([false, false, false, false, false, false]);
  expect(isSilenced(labels, [{ ...silence, repeat: 'daily' }], at(11) + 24 * 3_600_000)).toBe(true);
});

test('a silence that ends before it starts, matches everything, or never ends, is refused', () => {
  const { id: _, ...input } = silence;
  expect(silenceSchema.safeParse(input).success).toBe(true);
  expect(silenceSchema.safeParse({ ...input, ends_at: input.starts_at }).success).toBe(false);
  expect(silenceSchema.safeParse({ ...input, matchers: [] }).success).toBe(false);
  expect(silenceSchema.safeParse({ ...input, repeat: 'weekly' }).success).toBe(true);
  expect(silenceSchema.safeParse({ ...input, repeat: 'daily', ends_at: '2026-11-21T10:00:00Z' }).success).toBe(false);
});

const loud = (severity: string, over: { labels?: Record<string, string>; measure?: string; dimensions?: string[] } = {}) => ({
  labels: { severity, team: 'search', ...over.labels },
  measure: over.measure ?? 'cost',
  dimensions: over.dimensions ?? ['team'],
});

test.each([
  ['a worse alert about the same', loud('critical'), true],
  ['one as bad', loud('warning'), false],
  ['a milder one', loud('info'), false],
  ['a worse one about another team', loud('critical', { labels: { team: 'chat' } }), false],
  ['a worse one about another measure', loud('critical', { measure: 'errors' }), false],
  ['a worse one about everything', loud('critical', { dimensions: [] }), false],
  ['a worse one about a part of it', loud('critical', { dimensions: ['team', 'user'] }), false],
] as const)('%s: does it say it for a warning? %#', (_, other, expected) => {
  expect(isInhibited(loud('warning'), [other])).toBe(expected);
});
