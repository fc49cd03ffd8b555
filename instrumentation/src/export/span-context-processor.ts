import type { Context } from '@opentelemetry/api';
import type { Span, SpanProcessor } from '@opentelemetry/sdk-trace';
import { completeBeforeEnd, trackSpan, untrackSpan } from '../adoption.ts';
import { attributionAttributes } from '../attribution.ts';

/** Puts the attribution in force on every span that starts, and remembers which spans are open so that ours find theirs. */
export class SpanContextProcessor implements SpanProcessor {
  #onFirstEnd: (() => void) | undefined;

  constructor(onFirstEnd?: () => void) {
    this.#onFirstEnd = onFirstEnd;
  }

  onStart(span: Span, parent: Context): void {
    const attribution = attributionAttributes(parent);
    if (attribution) span.setAttributes(attribution);
    trackSpan(span);
  }

  /** Where the SDK has no such hook (before 2.0), a span that ends before its call is complete keeps what it has. */
  onEnding(span: Span): void {
    completeBeforeEnd(span);
  }

  onEnd(span: Pick<Span, 'spanContext'>): void {
    untrackSpan(span);
    this.#onFirstEnd?.();
    this.#onFirstEnd = undefined;
  }

  forceFlush(): Promise<void> {
    return Promise.resolve();
  }

  shutdown(): Promise<void> {
    return Promise.resolve();
  }
}
