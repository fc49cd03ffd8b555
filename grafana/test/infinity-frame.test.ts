import { expect, test } from 'vitest';
import { toFrameFields } from '../viewer/src/infinity-frame.ts';

const time = { selector: 'time', text: 'time', type: 'timestamp_epoch' } as const;
const series = { selector: 'series', text: 'series', type: 'string' } as const;
const cost = { selector: 'cost', text: 'cost', type: 'number' } as const;

test('decimal text is a number, what is no number is null', () => {
  const rows = [{ cost: '0.0035' }, { cost: 2 }, { cost: null }, { cost: '' }, { cost: 'much' }, {}];
  expect(toFrameFields({ format: 'table', columns: [cost] }, rows)).toEqual([
    { name: 'cost', type: 'number', values: [0.0035, 2, null, null, null, null] },
  ]);
});

test('columns come in the order of their names, whatever the target lists', () => {
  const columns = [
    { selector: 'b', text: 'zebra', type: 'string' },
    { selector: 'a', text: 'apple', type: 'string' },
  ] as const;
  expect(toFrameFields({ format: 'table', columns }, [{ a: 'x', b: { nested: 1 } }])).toEqual([
    { name: 'apple', type: 'string', values: ['x'] },
    { name: 'zebra', type: 'string', values: ['{"nested":1}'] },
  ]);
});

test('long rows become one series per text, with null where a series has no row', () => {
  const rows = [
    { time: 1, series: 'a', cost: '1' },
    { time: 1, series: 'b', cost: '2' },
    { time: 2, series: 'b', cost: '3' },
  ];
  expect(toFrameFields({ format: 'timeseries', columns: [time, series, cost] }, rows)).toEqual([
    { name: 'time', type: 'time', values: [1, 2] },
    { name: 'cost', type: 'number', labels: { series: 'a' }, values: [1, null] },
    { name: 'cost', type: 'number', labels: { series: 'b' }, values: [2, 3] },
  ]);
});

test('rows without a text stay as they are', () => {
  const rows = [
    { time: 1, cost: '1' },
    { time: 2, cost: null },
  ];
  expect(toFrameFields({ format: 'timeseries', columns: [time, cost] }, rows)).toEqual([
    { name: 'cost', type: 'number', values: [1, null] },
    { name: 'time', type: 'time', values: [1, 2] },
  ]);
});
