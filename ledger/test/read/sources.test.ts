import { DIMENSIONS } from '@tokenledger/model';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { COMPONENTS } from '../../src/read/components.ts';
import { planSegments } from '../../src/read/sources.ts';

const DAY_MS = 86_400_000;
const NOW = Date.UTC(2026, 6, 1, 12, 34, 56, 789);

const request = fc
  .record({
    a: fc.integer({ min: NOW - 1000 * DAY_MS, max: NOW }),
    b: fc.integer({ min: NOW - 1000 * DAY_MS, max: NOW }),
    stepMs: fc.constantFrom(null, 60_000, 300_000, 3_600_000, DAY_MS),
    dimensions: fc.subarray([...DIMENSIONS], { maxLength: 3 }),
    components: fc.subarray([...COMPONENTS]),
  })
  .map(({ a, b, ...rest }) => ({ fromMs: Math.min(a, b), toMs: Math.max(a, b), nowMs: NOW, ...rest }));

test('segments cover the range exactly once, less what they take off, each on whole rows of its table, and ask no table twice for either', () => {
  fc.assert(
    fc.property(request, (asked) => {
      const segments = planSegments(asked);
      expect(new Set(segments.map(({ source, sign }) => `${source.table} ${sign}`)).size).toBe(segments.length);
      const pieces = segments.flatMap(({ source, sign, ranges }) => ranges.map((range) => ({ source, sign, ...range })));
      const edges = [...new Set([asked.fromMs, asked.toMs, ...pieces.flatMap(({ fromMs, toMs }) => [fromMs, toMs])])].toSorted(
        (a, b) => a - b,
      );
      for (const at of edges.slice(0, -1)) {
        const times = pieces.reduce((sum, piece) => sum + (piece.fromMs <= at && at < piece.toMs ? piece.sign : 0), 0);
        expect(times, String(at)).toBe(at >= asked.fromMs && at < asked.toMs ? 1 : 0);
      }
      for (const { source, fromMs, toMs } of pieces) {
        expect(toMs).toBeGreaterThan(fromMs);
        expect(fromMs % source.stepMs).toBe(0);
        expect(toMs % source.stepMs).toBe(0);
        if (source.table !== 'calls') {
          expect(fromMs).toBeGreaterThanOrEqual(NOW - source.keptMs);
          if (asked.stepMs !== null) expect(asked.stepMs % source.stepMs).toBe(0);
        }
      }
    }),
    { numRuns: 2000 },
  );
});

test('a month by team is read from the hourly rollup, its ends from finer tables', () => {
  const segments = planSegments({
    fromMs: NOW - 30 * DAY_MS,
    toMs: NOW,
    stepMs: null,
    dimensions: ['team'],
    components: ['cost'],
    nowMs: NOW,
  });
  expect(segments.map(({ source }) => source.table)).toEqual(['calls', 'usage_1m', 'usage_1h']);
});

test('today up to now is the whole day so far: nothing is read from the entries but what they have of later', () => {
  const segments = planSegments({
    fromMs: NOW - 2 * DAY_MS,
    toMs: NOW,
    stepMs: null,
    dimensions: ['user'],
    components: ['cost'],
    nowMs: NOW,
  });
  const today = Date.UTC(2026, 6, 1);
  expect(segments).toMatchObject([
    { source: { table: 'calls' }, sign: 1, ranges: [{ fromMs: NOW - 2 * DAY_MS, toMs: today - DAY_MS }] },
    { source: { table: 'user_1d' }, sign: 1, ranges: [{ fromMs: today - DAY_MS, toMs: today + DAY_MS }] },
    { source: { table: 'calls' }, sign: -1, ranges: [{ fromMs: NOW, toMs: today + DAY_MS }] },
  ]);
});
