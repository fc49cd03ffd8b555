import type { ReadableSpan, SpanProcessor } from '@opentelemetry/sdk-trace';
import { isContentAttribute } from '@tokenledger/model/content-attribute';
import { SCOPE } from '../version.ts';

/** Takes content off spans before our exporter gets them. Spans of an app's own provider are the app's business. */
export class ContentRedactor implements SpanProcessor {
  onStart(): void {}

  onEnd(span: ReadableSpan): void {
    if (span.instrumentationScope.name === SCOPE.name) return;
    for (const name of Object.keys(span.attributes)) if (isContentAttribute(name)) delete span.attributes[name];
    for (const event of span.events) {
      for (const name of Object.keys(event.attributes ?? {})) {
        if (isContentAttribute(name) || event.name.startsWith('gen_ai.')) delete event.attributes?.[name];
      }
    }
  }

  forceFlush(): Promise<void> {
    return Promise.resolve();
  }

  shutdown(): Promise<void> {
    return Promise.resolve();
  }
}
