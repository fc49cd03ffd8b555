import type { Attributes, Context, Span } from '@opentelemetry/api';
import { completeBeforeEnd, trackSpan, untrackSpan } from '../adoption.ts';
import { attributionAttributes } from '../attribution.ts';
import { doWaiting } from '../soon.ts';
import { noteEnd, settleAllUnended } from '../unended.ts';

/**
 * Puts the attribution in force on every span that starts, and remembers which spans are open so that ours find theirs. It joins
 * an app's own provider by itself; where that does not work, an app passes it as one of its span processors. Fits SDK 1 to 3.
 */
export class SpanContextProcessor {
  onStart(span: Span, parent: Context): void {
    const attribution = attributionAttributes(parent);
    if (attribution) span.setAttributes(attribution);
    trackSpan(span);
  }

  /** Where the SDK has no such hook (before 2.0), a span that ends before its call is complete keeps what it has. */
  onEnding(span: Span): void {
    completeBeforeEnd(span);
  }

  onEnd(span: Pick<Span, 'spanContext'> & { readonly attributes?: Attributes }): void {
    untrackSpan(span);
    noteEnd(span);
  }

  forceFlush(): Promise<void> {
    settleAllUnended();
    doWaiting();
    return Promise.resolve();
  }

  shutdown(): Promise<void> {
    return this.forceFlush();
  }
}
