import { AsyncLocalStorage } from 'node:async_hooks';
import diagnosticsChannel from 'node:diagnostics_channel';
import { SpanStatusCode } from '@opentelemetry/api';
import type { Attributes } from '@opentelemetry/api';
import { guarded, report } from '../guard.ts';
import { object, text } from '../json.ts';
import type { JsonObject } from '../observed-call.ts';
import { isInCharge } from '../realm.ts';
import { endStep, startStep } from './step.ts';
import type { Step, StepStart } from './step.ts';

interface Message {
  readonly type: string;
  readonly event: JsonObject;
  readonly result?: unknown;
}

/** What is a step of a trace; the model calls themselves are seen on the wire. */
const OPERATIONS: Readonly<Record<string, StepStart['operation']>> = {
  generateText: 'invoke_agent',
  streamText: 'invoke_agent',
  generateObject: 'invoke_agent',
  streamObject: 'invoke_agent',
  step: 'agent_step',
  executeTool: 'execute_tool',
};

const steps = new AsyncLocalStorage<Step>();

/** The AI SDK's step that is under way here, if any. */
export function currentAiSdkStep(): Step | undefined {
  return steps.getStore();
}

/**
 * The AI SDK (since 7) tells its runs, steps and tool calls on a tracing channel, whether it is bundled or not. They become spans,
 * so that model calls hang in a tree and carry the function's name. An app that registered the SDK's own telemetry has those spans.
 */
export function bridgeAiSdk(): void {
  const channel = diagnosticsChannel.tracingChannel<unknown, Message>('ai:telemetry');
  const open = new WeakMap<Message, Step>();
  channel.start.bindStore(steps, (message) => {
    try {
      const step = hasOwnTelemetry() || !isInCharge() ? undefined : stepOf(message);
      if (!step) return steps.getStore();
      open.set(message, step);
      return step;
    } catch (error) {
      report(error);
      return steps.getStore();
    }
  });
  channel.error.subscribe(guarded((message) => open.get(message as Message)?.span.setStatus({ code: SpanStatusCode.ERROR })));
  channel.asyncEnd.subscribe(
    guarded((message) => {
      const step = open.get(message as Message);
      if (!step) return;
      if (isToolError((message as Message).result)) step.span.setStatus({ code: SpanStatusCode.ERROR });
      endStep(step);
    }),
  );
}

function stepOf({ type, event }: Message): Step | undefined {
  const operation = Object.hasOwn(OPERATIONS, type) ? OPERATIONS[type] : undefined;
  if (!operation) return undefined;
  const functionId = text(event['functionId']);
  const model = text(event['modelId']);
  const tool = object(event['toolCall']);
  const toolName = text(tool?.['toolName']);
  const toolCallId = text(tool?.['toolCallId']);
  const attributes: Attributes = {};
  if (model && operation === 'invoke_agent') attributes['gen_ai.request.model'] = model;
  if (toolName) attributes['gen_ai.tool.name'] = toolName;
  if (toolCallId) attributes['gen_ai.tool.call.id'] = toolCallId;
  const about = toolName ?? (operation === 'invoke_agent' ? (functionId ?? model) : undefined);
  return startStep({ operation, about, agent: functionId, attributes }, steps.getStore());
}

/** A tool that throws does not end the run: the model is told, as of a result. */
function isToolError(result: unknown): boolean {
  return object(object(result)?.['output'])?.['type'] === 'tool-error';
}

function hasOwnTelemetry(): boolean {
  const { AI_SDK_TELEMETRY_INTEGRATIONS: integrations } = globalThis as { readonly AI_SDK_TELEMETRY_INTEGRATIONS?: unknown };
  return Array.isArray(integrations) && integrations.length > 0;
}
