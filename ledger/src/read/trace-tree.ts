import type { PicoUsd, SpanIdentity } from '@tokenledger/model';

/** A span in its place: `depth` 0 is a root; `subtreeCost` adds the known costs of the span and all below it. */
export interface TreeNode<Span> {
  readonly span: Span;
  readonly depth: number;
  readonly subtreeCost: PicoUsd;
}

interface Open<Span> {
  readonly span: Span;
  readonly depth: number;
  readonly parent: number | undefined;
}

/**
 * Spans of one trace in the order of a tree view: each parent directly before its children, siblings by time. Spans without a
 * known parent are roots, and a ring of parents is cut open, so that every span appears exactly once. No recursion: a trace
 * may be as deep as it is long.
 */
export function orderTree<Span>(
  spans: readonly Span[],
  identify: (span: Span) => SpanIdentity,
  costOf: (span: Span) => PicoUsd,
): readonly TreeNode<Span>[] {
  const sorted = spans.toSorted((a, b) => compare(identify(a), identify(b)));
  const ids = new Set(sorted.map((span) => identify(span).spanId));
  const children = Map.groupBy(sorted, (span) => parentIn(identify(span), ids));
  const placed: Open<Span>[] = [];
  const seen = new Set<Span>();

  const place = (roots: readonly Span[]) => {
    const stack: Open<Span>[] = roots.toReversed().map((span) => ({ span, depth: 0, parent: undefined }));
    for (let open = stack.pop(); open; open = stack.pop()) {
      if (seen.has(open.span)) continue;
      seen.add(open.span);
      const parent = placed.push(open) - 1;
      const below = children.get(identify(open.span).spanId) ?? [];
      for (const span of below.toReversed()) stack.push({ span, depth: open.depth + 1, parent });
    }
  };
  place(children.get(undefined) ?? []);
  for (const span of sorted) if (!seen.has(span)) place([span]);
  return withSubtreeCosts(placed, costOf);
}

function compare(a: SpanIdentity, b: SpanIdentity): number {
  return a.timeMs - b.timeMs || (a.spanId < b.spanId ? -1 : 1);
}

function parentIn(span: SpanIdentity, ids: ReadonlySet<string>): string | undefined {
  const { parentSpanId, spanId } = span;
  return parentSpanId !== undefined && parentSpanId !== spanId && ids.has(parentSpanId) ? parentSpanId : undefined;
}

/** Children stand after their parents, so one walk from the end hands every cost up. */
function withSubtreeCosts<Span>(placed: readonly Open<Span>[], costOf: (span: Span) => PicoUsd): readonly TreeNode<Span>[] {
  const costs = placed.map(({ span }) => costOf(span));
  for (let index = placed.length - 1; index >= 0; index -= 1) {
    const parent = placed[index]?.parent;
    if (parent !== undefined) costs[parent] = (costs[parent] ?? 0n) + (costs[index] ?? 0n);
  }
  return placed.map(({ span, depth }, index) => ({ span, depth, subtreeCost: costs[index] ?? 0n }));
}
