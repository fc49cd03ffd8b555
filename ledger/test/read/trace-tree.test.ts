import type { SpanIdentity } from '@tokenledger/model';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { orderTree } from '../../src/read/trace-tree.ts';

const span = (id: number, parent: number | undefined, timeMs = id): SpanIdentity => ({
  traceId: 't',
  spanId: String(id),
  parentSpanId: parent === undefined ? undefined : String(parent),
  name: 'span',
  timeMs,
  durationMs: 1,
  status: 'ok',
});
const order = (spans: readonly SpanIdentity[]) =>
  orderTree(
    spans,
    (one) => one,
    () => 1n,
  );

/** Any parents at all: missing ones, oneself, rings. */
const anySpans = fc.integer({ min: 1, max: 30 }).chain((size) =>
  fc
    .array(fc.record({ parent: fc.option(fc.nat(size + 3), { nil: undefined }), timeMs: fc.nat(10) }), {
      minLength: size,
      maxLength: size,
    })
    .map((parents) => parents.map(({ parent, timeMs }, id) => span(id, parent, timeMs))),
);

test('every span appears exactly once, under its parent, whatever the parents are', () => {
  fc.assert(
    fc.property(anySpans, (spans) => {
      const nodes = order(spans);
      expect(nodes.map((node) => node.span.spanId).toSorted()).toEqual(spans.map(({ spanId }) => spanId).toSorted());
      const path: string[] = [];
      for (const { span, depth } of nodes) {
        expect(depth).toBeLessThanOrEqual(path.length);
        path.length = depth;
        if (depth > 0) expect(path.at(-1)).toBe(span.parentSpanId);
        path.push(span.spanId);
      }
    }),
  );
});

test('costs of a subtree are added up once, and all roots together are the whole', () => {
  fc.assert(
    fc.property(anySpans, (spans) => {
      const roots = order(spans).filter(({ depth }) => depth === 0);
      expect(roots.reduce((sum, { subtreeCost }) => sum + subtreeCost, 0n)).toBe(BigInt(spans.length));
    }),
  );
});

test('a trace may be as deep as it is long', () => {
  const chain = Array.from({ length: 50_000 }, (_, id) => span(id, id === 0 ? undefined : id - 1));
  const nodes = order(chain);
  expect(nodes.at(-1)).toMatchObject({ depth: 49_999, subtreeCost: 1n });
  expect(nodes[0]?.subtreeCost).toBe(50_000n);
});
