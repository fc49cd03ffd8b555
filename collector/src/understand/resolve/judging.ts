import type { Evidence, Observation } from '../observation.ts';

/** Why a call's usage does not count. */
export type NotBillable =
  /** A wrapper or agent whose requests have spans of their own. */
  | 'repeats_its_children'
  /** An inference span around the span of the same request. */
  | 'outer_span_of_the_call'
  /** One of several requests whose usage only a span around them tells, as a sum. */
  | 'usage_on_the_outer_span'
  | 'same_response_id'
  | 'seen_by_another_instrumentation'
  /** The one record of a request that failed: counted as a request, not as a call. */
  | 'failed_without_usage'
  | 'served_from_cache';

interface Dropped {
  readonly reason: NotBillable;
  readonly judged: readonly Evidence[];
}

/** What is decided about a set of spans so far. A decision is never taken back, only told more exactly. */
export class Judging {
  // Of most traces nothing is decided: there is nothing to make a map for.
  #dropped: Map<Observation, Dropped> | undefined;
  #sources: Map<Observation, Observation[]> | undefined;

  drop(span: Observation, reason: NotBillable, instead: readonly Observation[] = []): void {
    const verb = instead.some((other) => this.isDropped(other)) ? 'counted' : 'billed';
    this.#dropped ??= new Map();
    this.#dropped.set(span, { reason, judged: [{ rule: reason, detail: describe(instead, verb) }] });
  }

  isDropped(span: Observation): boolean {
    return this.#dropped?.has(span) ?? false;
  }

  kept(spans: readonly Observation[]): readonly Observation[] {
    const dropped = this.#dropped;
    return dropped ? spans.filter((span) => !dropped.has(span)) : spans;
  }

  dropped(span: Observation): Dropped | undefined {
    return this.#dropped?.get(span);
  }

  /** `kept` is billed for the request that `source`, and whatever was a source of it, tells about, too. */
  addSource(kept: Observation, source: Observation): void {
    const list = this.#sources?.get(kept) ?? [];
    list.push(source, ...this.sources(source));
    this.#sources ??= new Map();
    this.#sources.set(kept, list);
  }

  sources(kept: Observation): readonly Observation[] {
    return this.#sources?.get(kept) ?? NO_SOURCES;
  }
}

const NO_SOURCES: readonly Observation[] = [];
const MOST_NAMED = 5;

function describe(instead: readonly Observation[], verb: string): string {
  if (instead.length === 0) return 'nothing was paid for this';
  const named = instead.slice(0, MOST_NAMED).map(({ spanId, scope }) => `${spanId} of ${scope?.name || 'unnamed scope'}`);
  const more = instead.length > MOST_NAMED ? ` and ${instead.length - MOST_NAMED} more` : '';
  return `${verb} instead: span ${named.join(', span ')}${more}`;
}
