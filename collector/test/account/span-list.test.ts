import { expect, test } from 'vitest';
import { SpanList } from '../../src/account/span-list.ts';
import type { KnownSpan } from '../../src/account/trace.ts';

test.each([1, 16, 17, 100])('of %i spans of a trace each is found by its id, and no other', (count) => {
  const spans = new SpanList();
  const known = Array.from({ length: count }, (_, id) => ({ observation: { spanId: `s${id}` } }) as KnownSpan);
  for (const span of known) spans.add(span);
  expect(known.map(({ observation }) => spans.get(observation.spanId))).toEqual(known);
  expect(spans.get('another')).toBeUndefined();
  expect(spans.values()).toEqual(known);
});
