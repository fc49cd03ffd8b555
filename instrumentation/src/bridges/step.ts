import { trace } from '@opentelemetry/api';
import type { Attributes, Context, Span } from '@opentelemetry/api';
import { activeContext } from '../api/carried-context.ts';
import { addAttributes } from '../attribution.ts';
import { SCOPE } from '../version.ts';

/** A step of somebody's framework that is under way, and the span that was active around it when it started. */
export interface Step {
  readonly span: Span;
  readonly outer: Span | undefined;
  /** The agent or function that the calls inside are counted to. */
  readonly agent: string | undefined;
  readonly within: Step | undefined;
  /** Steps inside it that are under way. */
  readonly open: Set<Step>;
}

/** More are not remembered, and end by themselves or not at all. */
const MAX_OPEN_STEPS = 10_000;
const outermost = new Set<Step>();
let openStepCount = 0;

export interface StepStart {
  readonly operation: 'invoke_agent' | 'agent_step' | 'execute_tool';
  /** What the span is named after, behind the operation. */
  readonly about?: string | undefined;
  readonly agent?: string | undefined;
  readonly attributes?: Attributes;
  readonly startMs?: number | undefined;
}

/** Opens the span of a step, as a child of the step it lies in. */
export function startStep({ operation, about, agent, attributes, startMs }: StepStart, within: Step | undefined): Step {
  const active = activeContext();
  const name = about ? `${operation} ${about}` : operation;
  const known: Attributes = { 'gen_ai.operation.name': operation, ...(agent && { 'gen_ai.agent.name': agent }), ...attributes };
  const tracer = trace.getTracerProvider().getTracer(SCOPE.name, SCOPE.version);
  const span = tracer.startSpan(name, { attributes: known, ...(startMs !== undefined && { startTime: startMs }) }, inside(within, active));
  const outer = within ? within.outer : trace.getSpan(active);
  const step: Step = { span, outer, agent: agent ?? within?.agent, within, open: new Set() };
  if (openStepCount < MAX_OPEN_STEPS) {
    openStepCount++;
    (within?.open ?? outermost).add(step);
  }
  return step;
}

/** Ends a step, and what was left under way inside it: a run that is aborted does not end its turns. */
export function endStep(step: Step, endMs?: number): void {
  endAll(step.open, endMs);
  if ((step.within?.open ?? outermost).delete(step)) openStepCount--;
  if (step.span.isRecording()) step.span.end(endMs);
}

/** The process ends. */
export function endAllSteps(): void {
  endAll(outermost);
}

function endAll(steps: ReadonlySet<Step>, endMs?: number): void {
  for (const step of steps) endStep(step, endMs);
}

/** The context within a step: its span is the parent, unless the app opened a span of its own in between. */
export function inside(step: Step | undefined, active: Context): Context {
  if (!step || trace.getSpan(active) !== step.outer) return active;
  const within = trace.setSpan(active, step.span);
  return step.agent ? addAttributes(within, { 'gen_ai.agent.name': step.agent }) : within;
}
