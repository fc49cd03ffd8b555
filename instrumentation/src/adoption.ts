import { SpanKind, trace } from '@opentelemetry/api';
import type { Attributes, Context, Span } from '@opentelemetry/api';

/** What the SDK's spans hold beyond the API's `Span`; read-only and checked, because the app's SDK may be another one. */
export interface InspectableSpan extends Span {
  readonly kind?: SpanKind;
  readonly attributes?: Attributes;
}

const INFERENCE_OPERATIONS = new Set(['chat', 'text_completion', 'generate_content', 'embeddings']);

/**
 * The span that another instrumentation already opened for the model call about to be made: SDKs that trace themselves
 * (Anthropic's, the AI SDK's) and other people's instrumentations. It is completed instead of adding a second one.
 */
export function enclosingInference(parent: Context): InspectableSpan | undefined {
  const span: InspectableSpan | undefined = trace.getSpan(parent);
  return span?.isRecording() && isInference(span) ? span : undefined;
}

function isInference({ kind, attributes }: InspectableSpan): boolean {
  if (!attributes) return false;
  if (attributes['openinference.span.kind'] === 'LLM' || attributes['openinference.span.kind'] === 'EMBEDDING') return true;
  return kind === SpanKind.CLIENT && INFERENCE_OPERATIONS.has(String(attributes['gen_ai.operation.name']));
}
