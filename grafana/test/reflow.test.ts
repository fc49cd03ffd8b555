import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DASHBOARDS } from '../src/dashboards.ts';
import { reflow, type Place } from '../viewer/src/scene/reflow.ts';

const at = (type: string, w: number, h: number) => ({ type, gridPos: { x: 0, y: 0, w, h } });

test('on half a screen six tiles are two rows, a table stands alone, and a chart beside one takes the whole row', () => {
  const panels = [
    ...Array.from({ length: 6 }, () => at('stat', 4, 3)),
    at('timeseries', 12, 8),
    at('table', 12, 9),
    at('timeseries', 16, 7),
    at('bargauge', 8, 7),
  ];
  expect(reflow(panels).map(({ x, y, w }) => [x, y, w])).toEqual([
    ...[0, 8, 16].map((x) => [x, 0, 8]),
    ...[0, 8, 16].map((x) => [x, 3, 8]),
    [0, 6, 24],
    [0, 14, 24],
    [0, 23, 16],
    [16, 23, 8],
  ]);
});

const overlap = (a: Place, b: Place) => a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;

test('whatever the panels, none is over another or out of the grid', () => {
  const panel = fc.tuple(
    fc.constantFrom('stat', 'table', 'timeseries', 'bargauge'),
    fc.integer({ min: 2, max: 24 }),
    fc.integer({ min: 2, max: 14 }),
  );
  fc.assert(
    fc.property(fc.array(panel), (panels) => {
      const places = reflow(panels.map(([type, w, h]) => at(type, w, h)));
      expect(places.filter(({ x, w }) => x + w > 24)).toEqual([]);
      expect(places.filter((place, index) => places.slice(index + 1).some((other) => overlap(place, other)))).toEqual([]);
    }),
  );
});

test.each(Object.entries(DASHBOARDS))('%s keeps each of its panels', (_name, build) => {
  const panels = (build().panels ?? []).map((panel) => ({ type: panel.type, gridPos: (panel as { gridPos: Place }).gridPos }));
  expect(reflow(panels)).toHaveLength(panels.length);
});
