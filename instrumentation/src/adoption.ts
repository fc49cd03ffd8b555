import { SpanKind, trace } from '@opentelemetry/api';
import type { Attributes, Context, Span, SpanContext } from '@opentelemetry/api';

/** What the SDK's spans hold beyond the API's `Span`; read-only and checked, because the app's SDK may be another one. */
export interface InspectableSpan extends Span {
  readonly kind?: SpanKind;
  readonly attributes?: Attributes;
  readonly parentSpanContext?: SpanContext;
  /** The parent's name in SDK 1. */
  readonly parentSpanId?: string;
}

const INFERENCE_OPERATIONS = new Set(['chat', 'text_completion', 'generate_content', 'embeddings']);
const INFERENCE_KINDS = new Set(['LLM', 'EMBEDDING', 'RERANKER']);
const AI_SDK_REQUEST = /\.do(?:Generate|Stream|Embed)$/;

/** A framework may wrap `fetch` in HTTP spans of its own; this many lie between the model call and the wire at most. */
const MAX_STEPS_UP = 5;
const MAX_OPEN_SPANS = 10_000;
/** Not held: a span that nobody can end any more is told apart by being garbage. */
const openSpans = new Map<string, WeakRef<InspectableSpan>>();
/** Spans that have got their call: a further request under them is a call of its own. */
const complete = new WeakSet<object>();

export function markComplete(span: object): void {
  complete.add(span);
}

export function isComplete(span: object): boolean {
  return complete.has(span);
}

/** What has to be written on a span before it ends; of the call that is under way. */
const completions = new WeakMap<object, () => unknown>();

/** Takes a span for one call; `onEnding` is called when the span ends, perhaps before the call does. */
export function adopt(span: InspectableSpan, onEnding: () => unknown): void {
  completions.set(span, onEnding);
}

export function completeBeforeEnd(span: object): void {
  completions.get(span)?.();
}

export function trackSpan(span: InspectableSpan): void {
  openSpans.set(span.spanContext().spanId, new WeakRef(span));
  const [oldest] = openSpans.size > MAX_OPEN_SPANS ? openSpans.keys() : [];
  if (oldest) openSpans.delete(oldest);
}

export function untrackSpan(span: Pick<Span, 'spanContext'>): void {
  openSpans.delete(span.spanContext().spanId);
}

/**
 * The span that another instrumentation already opened for the model call about to be made: SDKs that trace themselves
 * (Anthropic's, the AI SDK's) and other people's instrumentations. It is completed instead of adding a second one. HTTP spans
 * in between are walked past; any other step of a trace (an agent, a tool) ends the search.
 */
export function enclosingInference(parent: Context): InspectableSpan | undefined {
  let span = unwrapped(trace.getSpan(parent));
  for (let steps = 0; span?.isRecording() && steps <= MAX_STEPS_UP; steps++) {
    const attributes = span.attributes ?? {};
    if (isInference(span.kind, attributes)) return isComplete(span) ? undefined : span;
    if (attributes['http.request.method'] === undefined && attributes['http.method'] === undefined) return undefined;
    span = openSpans.get(span.parentSpanContext?.spanId ?? span.parentSpanId ?? '')?.deref();
  }
  return undefined;
}

/** Some put a wrapper into the context, which shows nothing of the span. */
function unwrapped(span: InspectableSpan | undefined): InspectableSpan | undefined {
  if (!span || span.attributes) return span;
  const known = openSpans.get(span.spanContext().spanId)?.deref();
  if (known) return known;
  for (const inner of Object.values(span) as unknown[]) if (isInspectable(inner)) return inner;
  return span;
}

function isInspectable(value: unknown): value is InspectableSpan {
  return typeof value === 'object' && value !== null && 'attributes' in value && 'spanContext' in value && 'setAttribute' in value;
}

function isInference(kind: SpanKind | undefined, attributes: Attributes): boolean {
  return (
    INFERENCE_KINDS.has(String(attributes['openinference.span.kind'])) ||
    AI_SDK_REQUEST.test(String(attributes['ai.operationId'])) ||
    (kind === SpanKind.CLIENT && (INFERENCE_OPERATIONS.has(String(attributes['gen_ai.operation.name'])) || isOldDialect(attributes)))
  );
}

/** Before conventions 1.37 instrumentations named a system and, often, no operation. */
function isOldDialect(attributes: Attributes): boolean {
  return (
    attributes['gen_ai.operation.name'] === undefined &&
    attributes['gen_ai.system'] !== undefined &&
    attributes['gen_ai.request.model'] !== undefined
  );
}
