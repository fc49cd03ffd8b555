/** `GET /v1/traces/{id}`, as far as it is shown. */
export interface Trace {
  readonly trace_id: string;
  /** Null: none of its calls has a price. */
  readonly cost_usd: string | null;
  readonly unpriced_calls: number;
  /** Each parent directly before its children. */
  readonly spans: readonly TraceSpan[];
}

interface Shared {
  readonly depth: number;
  /** Null: there are calls, and none has a price. */
  readonly subtree_cost_usd: string | null;
  readonly trace_id: string;
  readonly span_id: string;
  readonly name: string;
  readonly time: string;
  readonly duration_ms: number;
  readonly status: 'unset' | 'ok' | 'error';
  readonly error_type: string | null;
  readonly service: string | null;
  readonly environment: string | null;
  readonly team: string | null;
  readonly feature: string | null;
  readonly customer: string | null;
  readonly user: string | null;
  readonly session: string | null;
  readonly run: string | null;
  readonly agent: string | null;
}

interface Charge {
  readonly meter: string;
  readonly quantity: number;
  readonly unit_price_usd: string;
  readonly amount_usd: string;
  readonly source: string;
}

export interface CallSpan extends Shared {
  readonly type: 'call';
  readonly provider: string;
  readonly model: string;
  readonly operation: string;
  readonly ttft_ms: number | null;
  readonly usage: Readonly<Record<string, number>>;
  readonly charges: readonly Charge[];
  readonly cost_usd: string | null;
  readonly price_status: string;
  readonly unpriced_reason?: string;
  readonly billable: boolean;
  readonly not_billable_reason?: string;
  readonly estimated: boolean;
  readonly semantics: { readonly profile: string; readonly confidence: string; readonly flags: readonly string[] };
}

export interface StepSpan extends Shared {
  readonly type: 'step';
  readonly kind: string;
  readonly attributes: Readonly<Record<string, string>>;
}

export type TraceSpan = CallSpan | StepSpan;

/** Who has anything below it. */
export const hasChildren = (spans: readonly TraceSpan[], index: number): boolean =>
  (spans[index + 1]?.depth ?? 0) > (spans[index]?.depth ?? 0);

/** What is left when the subtrees of `closed` spans are folded away. */
export function visibleSpans(spans: readonly TraceSpan[], closed: ReadonlySet<string>): readonly TraceSpan[] {
  const visible: TraceSpan[] = [];
  let foldedAt = Infinity;
  for (const span of spans) {
    if (span.depth > foldedAt) continue;
    foldedAt = closed.has(span.span_id) ? span.depth : Infinity;
    visible.push(span);
  }
  return visible;
}

export function extentOf(spans: readonly TraceSpan[]): { readonly fromMs: number; readonly lengthMs: number } {
  const fromMs = Math.min(...spans.map(({ time }) => Date.parse(time)));
  const toMs = Math.max(...spans.map(({ time, duration_ms }) => Date.parse(time) + duration_ms));
  return { fromMs, lengthMs: Math.max(1, toMs - fromMs) };
}
