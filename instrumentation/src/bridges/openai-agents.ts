import { SpanStatusCode } from '@opentelemetry/api';
import { guarded } from '../guard.ts';
import { text } from '../json.ts';
import type { JsonObject } from '../observed-call.ts';
import { endStep, startStep } from './step.ts';
import type { Step, StepStart } from './step.ts';

/** What @openai/agents-core shows of its spans. Its data hold content beside the names; only the names are read. */
interface AgentsSpan {
  readonly spanId: string;
  readonly parentId: string | null;
  readonly previousSpan?: AgentsSpan | undefined;
  readonly spanData: JsonObject;
  readonly startedAt: string | null;
  readonly endedAt: string | null;
  readonly error: unknown;
}
interface TraceProvider {
  getCurrentSpan?(): AgentsSpan | null;
  registerProcessor?(processor: object): void;
}

const PROVIDER = Symbol.for('openai.agents.core.traceProvider');
const MAX_OPEN_STEPS = 10_000;

const OPERATIONS: Readonly<Record<string, StepStart['operation']>> = {
  agent: 'invoke_agent',
  turn: 'agent_step',
  function: 'execute_tool',
};

const joined = new WeakSet<object>();
const open = new Map<string, Step>();

/**
 * The step of the OpenAI Agents SDK that is under way here, if any. The SDK keeps its tracing in a global place and traces by
 * default; its agents, turns and tools become spans around the calls that the wire shows. Joined with the first such call.
 */
export function currentAgentsStep(): Step | undefined {
  const provider = (globalThis as { readonly [PROVIDER]?: TraceProvider })[PROVIDER];
  if (!provider?.getCurrentSpan || !provider.registerProcessor) return undefined;
  if (!joined.has(provider)) {
    joined.add(provider);
    provider.registerProcessor(PROCESSOR);
  }
  return stepOf(provider.getCurrentSpan() ?? undefined);
}

/** The step of a span, or of the nearest span around it that is one. */
function stepOf(span: AgentsSpan | undefined): Step | undefined {
  if (!span || span.endedAt !== null) return undefined;
  const known = open.get(span.spanId);
  if (known) return known;
  const within = (span.parentId ? open.get(span.parentId) : undefined) ?? stepOf(span.previousSpan);
  const type = text(span.spanData['type']) ?? '';
  const operation = Object.hasOwn(OPERATIONS, type) ? OPERATIONS[type] : undefined;
  if (!operation) return within;
  const name = text(span.spanData['name']);
  const step = startStep(
    {
      operation,
      about: name,
      agent: type === 'agent' ? name : undefined,
      attributes: type === 'function' && name ? { 'gen_ai.tool.name': name } : {},
      startMs: span.startedAt === null ? undefined : Date.parse(span.startedAt),
    },
    within,
  );
  open.set(span.spanId, step);
  const [oldest] = open.size > MAX_OPEN_STEPS ? open.keys() : [];
  if (oldest) open.delete(oldest);
  return step;
}

const nothing = (): Promise<void> => Promise.resolve();
const onStart = guarded((span: AgentsSpan) => void stepOf(span));
const onEnd = guarded((span: AgentsSpan) => {
  const step = open.get(span.spanId);
  open.delete(span.spanId);
  if (span.error) step?.span.setStatus({ code: SpanStatusCode.ERROR });
  if (step) endStep(step, span.endedAt === null ? undefined : Date.parse(span.endedAt));
});

/** The Agents SDK's own interface for who wants to see its traces. */
const PROCESSOR = {
  onTraceStart: nothing,
  onTraceEnd: nothing,
  onSpanStart(span: AgentsSpan): Promise<void> {
    onStart(span);
    return nothing();
  },
  onSpanEnd(span: AgentsSpan): Promise<void> {
    onEnd(span);
    return nothing();
  },
  forceFlush: nothing,
  shutdown: nothing,
};
