import type { ReadableSpan, SpanProcessor } from '@opentelemetry/sdk-trace';
import { SCOPE } from '../version.ts';

/** Attributes in which instrumentations, ours not among them, put what was asked and answered. */
const CONTENT = [
  /^gen_ai\.(?:input|output)\.messages$/,
  /^gen_ai\.(?:system_instructions|tool\.definitions|tool\.call\.(?:arguments|result)|prompt|completion|prompt\.variable\..*)$/,
  /^gen_ai\.(?:prompt|completion)\.\d+\./,
  /^(?:input|output)\.value$/,
  /^llm\.(?:(?:input|output)_messages|prompts|completions|prompt_template|tools)(?:\.|$)/,
  /^(?:embedding|reranker|retrieval|document)\..*(?:text|documents|content|query|vector)/,
  /^ai\.(?:prompt|response\.(?:text|object|toolCalls|reasoning)|toolCall\.(?:args|result)|value|values|embedding|embeddings)(?:\.|$)/,
  /^traceloop\.entity\.(?:input|output)$/,
  /^langfuse\.(?:observation|trace)\.(?:input|output)$/,
];

/** Takes content off spans before our exporter gets them. Spans of an app's own provider are the app's business. */
export class ContentRedactor implements SpanProcessor {
  onStart(): void {}

  onEnd(span: ReadableSpan): void {
    if (span.instrumentationScope.name === SCOPE.name) return;
    for (const name of Object.keys(span.attributes)) if (isContent(name)) delete span.attributes[name];
    for (const event of span.events) {
      for (const name of Object.keys(event.attributes ?? {})) {
        if (isContent(name) || event.name.startsWith('gen_ai.')) delete event.attributes?.[name];
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

function isContent(name: string): boolean {
  return CONTENT.some((pattern) => pattern.test(name));
}
