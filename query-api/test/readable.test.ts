import { expect, test } from 'vitest';
import { readable } from '../src/routes/grafana/readable.ts';

test.each([
  ['516.73290739 USD of 400 spent this month', '516.73 USD of 400 spent this month'],
  ['cost is 933.355 USD, above 0', 'cost is 933.36 USD, above 0'],
  ['+12.3 USD number of requests', '+12.3 USD number of requests'],
  ['0.000012345 USD beyond', '0.000012345 USD beyond'],
  ['version 1.2345', 'version 1.2345'],
])('money in words is rounded once, for the reader: %s', (text, shown) => {
  expect(readable(text)).toBe(shown);
});
