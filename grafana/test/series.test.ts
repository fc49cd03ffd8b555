/** How charts look where it is easily wrong: nothing, little, and points that stand alone. */
import { describe, expect, test } from 'vitest';
import { rows, overTime } from '../src/ask.ts';
import { count, dollars, milliseconds, percent, type Column } from '../src/columns.ts';
import { series } from '../src/series.ts';
import { stat } from '../src/panels.ts';

const drawn = (value: Column, stacked = false, isLogarithmic = false) => {
  const ask = overTime({ by: 'model', measures: [value.selector] });
  const { fieldConfig } = series({
    title: 'Chart',
    description: 'A chart.',
    ask,
    values: [value],
    width: 12,
    stacked,
    isLogarithmic,
  }).build();
  return { custom: fieldConfig?.defaults.custom as Record<string, unknown>, overrides: fieldConfig?.overrides ?? [] };
};
const hidden = (value: Column, stacked = false) =>
  drawn(value, stacked).overrides.flatMap(({ matcher, properties }) =>
    properties
      .filter(({ id }) => id === 'custom.hideFrom')
      .map((property) => [(matcher.options as { reducer: string }).reducer, property.value]),
  );
const EVERYWHERE = { legend: true, tooltip: true, viz: true };

describe('what is drawn is named, and what is not is in no legend', () => {
  test('a share of 0 is a finding', () => {
    expect(hidden(percent('cache_read_share', 'cache'))).toEqual([['allIsNull', EVERYWHERE]]);
    expect(hidden(count('errors', 'errors'))).toEqual([['allIsNull', EVERYWHERE]]);
  });

  test('a bar of no height and a speed of 0 are none', () => {
    for (const nothing of [hidden(dollars('cost', 'cost'), true), hidden(milliseconds('latency_p95', 'p95'))])
      expect(nothing).toEqual([
        ['allIsZero', EVERYWHERE],
        ['allIsNull', EVERYWHERE],
      ]);
  });
});

test('several measures stand in the order they are listed in, not in that of their names', () => {
  const values = [count('output', 'z first'), count('input', 'a second')];
  const chart = (by?: 'model') =>
    series({
      title: 'Chart',
      description: 'A chart.',
      ask: overTime({ measures: ['cost'], ...(by && { by }) }),
      values,
      width: 12,
    }).build();
  const order = chart().transformations?.[0]?.options as { readonly indexByName: Readonly<Record<string, number>> };
  expect(order.indexByName).toEqual({ time: 0, 'z first': 1, 'a second': 2 });
  // Their names are values, which nobody can list.
  expect(chart('model').transformations).toBeUndefined();
});

describe('an axis', () => {
  test('begins at 0, unless it is of orders of magnitude', () => {
    expect(drawn(dollars('cost_per_call', 'cost')).custom['axisSoftMin']).toBe(0);
    expect(drawn(milliseconds('latency_p95', 'p95'), false, true).custom['axisSoftMin']).toBeUndefined();
  });

  test('of shares goes to 1 % at least: where there are no errors, not to 10,000 %', () => {
    expect(drawn(percent('error_rate', 'errors')).custom['axisSoftMax']).toBe(0.01);
    expect(drawn(count('errors', 'errors')).custom['axisSoftMax']).toBeUndefined();
  });
});

test('a line goes on where nothing was asked, and a point that stands alone is drawn', () => {
  const { custom } = drawn(percent('error_rate', 'errors'));
  expect([custom['showPoints'], custom['spanNulls']]).toEqual(['always', expect.any(Number)]);
  expect(drawn(count('requests', 'requests')).custom['spanNulls']).toBe(false);
});

test('a tile of words looks at words: Grafana looks at numbers alone unless it is told', () => {
  const fieldsOf = (value: Column) => {
    const { options } = stat({ title: 'Tile', description: 'A tile.', ask: rows('call'), value, width: 6 }).build();
    return (options as { reduceOptions: { fields?: string } }).reduceOptions.fields;
  };
  expect(fieldsOf({ selector: 'model', text: 'Model', type: 'string' })).toBe('/.*/');
  expect(fieldsOf(dollars('cost', 'Cost'))).toBe('');
});

test('bars have the colours of their legend: one that is seen through looks like another of the palette', () => {
  expect(drawn(dollars('cost', 'cost'), true).custom['fillOpacity']).toBe(100);
});
