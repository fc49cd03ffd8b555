import { AsyncLocalStorage } from 'node:async_hooks';
import diagnosticsChannel from 'node:diagnostics_channel';
import { SpanStatusCode, context, trace } from '@opentelemetry/api';
import type { Attributes, Context, Span } from '@opentelemetry/api';
import { addAttributes } from '../attribution.ts';
import { guarded, report } from '../guard.ts';
import { object, text } from '../json.ts';
import type { JsonObject } from '../observed-call.ts';
import { SCOPE } from '../version.ts';

/** A step of the AI SDK that is under way, and the span that was active around it. */
interface Step {
  readonly span: Span;
  readonly outer: Span | undefined;
  readonly functionId: string | undefined;
}
interface Message {
  readonly type: string;
  readonly event: JsonObject;
}

/** What is a step of a trace; the model calls themselves are seen on the wire. */
const OPERATIONS: Readonly<Record<string, string>> = {
  generateText: 'invoke_agent',
  streamText: 'invoke_agent',
  generateObject: 'invoke_agent',
  streamObject: 'invoke_agent',
  step: 'agent_step',
  executeTool: 'execute_tool',
};

const steps = new AsyncLocalStorage<Step>();

/**
 * The AI SDK (since 7) tells its runs, steps and tool calls on a tracing channel, whether it is bundled or not. They become spans,
 * so that model calls hang in a tree and carry the function's name. An app that registered the SDK's own telemetry has those spans.
 */
export function bridgeAiSdk(): void {
  const channel = diagnosticsChannel.tracingChannel<unknown, Message>('ai:telemetry');
  const open = new WeakMap<Message, Span>();
  channel.start.bindStore(steps, (message) => {
    try {
      const step = startStep(message);
      if (!step) return steps.getStore();
      open.set(message, step.span);
      return step;
    } catch (error) {
      report(error);
      return steps.getStore();
    }
  });
  channel.error.subscribe(guarded((message) => open.get(message as Message)?.setStatus({ code: SpanStatusCode.ERROR })));
  channel.asyncEnd.subscribe(guarded((message) => open.get(message as Message)?.end()));
}

/** The context of a model call: inside a step it is the step's child, unless the app opened a span of its own in between. */
export function withinStep(active: Context): Context {
  const step = steps.getStore();
  if (!step || trace.getSpan(active) !== step.outer) return active;
  const inside = trace.setSpan(active, step.span);
  return step.functionId ? addAttributes(inside, { 'gen_ai.agent.name': step.functionId }) : inside;
}

function startStep({ type, event }: Message): Step | undefined {
  const operation = Object.hasOwn(OPERATIONS, type) ? OPERATIONS[type] : undefined;
  if (!operation || hasOwnTelemetry()) return undefined;
  const active = context.active();
  const outer = steps.getStore();
  const functionId = text(event['functionId']) ?? outer?.functionId;
  const tool = object(event['toolCall']);
  const attributes: Attributes = { 'gen_ai.operation.name': operation };
  const model = text(event['modelId']);
  if (functionId) attributes['gen_ai.agent.name'] = functionId;
  if (model && operation === 'invoke_agent') attributes['gen_ai.request.model'] = model;
  const toolName = text(tool?.['toolName']);
  const toolCallId = text(tool?.['toolCallId']);
  if (toolName) attributes['gen_ai.tool.name'] = toolName;
  if (toolCallId) attributes['gen_ai.tool.call.id'] = toolCallId;
  const about = toolName ?? (operation === 'invoke_agent' ? (functionId ?? model) : undefined);
  const tracer = trace.getTracerProvider().getTracer(SCOPE.name, SCOPE.version);
  const span = tracer.startSpan(about ? `${operation} ${about}` : operation, { attributes }, withinStep(active));
  return { span, outer: trace.getSpan(active), functionId };
}

function hasOwnTelemetry(): boolean {
  const { AI_SDK_TELEMETRY_INTEGRATIONS: integrations } = globalThis as { readonly AI_SDK_TELEMETRY_INTEGRATIONS?: unknown };
  return Array.isArray(integrations) && integrations.length > 0;
}
