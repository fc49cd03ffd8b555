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

test('segments cover the range without gap or overlap, each on whole rows of its table, and ask no table twice', () => {
  fc.assert(
    fc.property(request, (asked) => {
      const segments = planSegments(asked);
      expect(new Set(segments.map(({ source }) => source)).size).toBe(segments.length);
      const pieces = segments.flatMap(({ source, ranges }) => ranges.map((range) => ({ source, ...range })));
      let at = asked.fromMs;
      for (const { source, fromMs, toMs } of pieces.toSorted((a, b) => a.fromMs - b.fromMs)) {
        expect(fromMs).toBe(at);
        expect(toMs).toBeGreaterThan(fromMs);
        expect(fromMs % source.stepMs).toBe(0);
        expect(toMs % source.stepMs).toBe(0);
        if (source.table !== 'calls') {
          expect(fromMs).toBeGreaterThanOrEqual(NOW - source.keptMs);
          if (asked.stepMs !== null) expect(asked.stepMs % source.stepMs).toBe(0);
        }
        at = toMs;
      }
      expect(at).toBe(asked.toMs);
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
