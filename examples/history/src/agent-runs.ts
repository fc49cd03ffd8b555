import type { OtlpSpan } from '@tokenledger/collector';
import { TOKENLEDGER_ATTRIBUTES as OURS } from '@tokenledger/model';
import { attributionFacts } from './attribution.ts';
import { type Chance, digest } from './chance.ts';
import { createEmitter, type Emitter, type Facts, toSpan } from './emitter.ts';
import { requestSpan } from './request.ts';
import { failureOf } from './single-requests.ts';
import { isWithin, type Story } from './story.ts';
import type { AgentWorkload } from './workload.ts';

/** Makes the spans of one run of an agent: agent → turn → request and tools, and how it came out. */
export type RunMaker = (chance: Chance, atMs: number, story: Story) => readonly OtlpSpan[];

const MOST_TURNS = 40;
const LARGEST_CONTEXT = 180_000;

export function runMaker(agent: AgentWorkload): RunMaker {
  const emitter = createEmitter(agent);
  return (chance, atMs, story) => run(emitter, agent, { chance, story, atMs, turns: turnsOf(chance, agent), isRunaway: false });
}

/** A run that finds no end: it asks for the same page again and again, and never delivers. */
export function runawayMaker(agent: AgentWorkload, turns: number): RunMaker {
  const emitter = createEmitter(agent);
  return (chance, atMs, story) => run(emitter, agent, { chance, story, atMs, turns, isRunaway: true });
}

const turnsOf = (chance: Chance, { turns }: AgentWorkload) => Math.max(1, Math.min(MOST_TURNS, Math.round(chance.logNormal(...turns))));

interface Run {
  readonly chance: Chance;
  readonly story: Story;
  readonly atMs: number;
  readonly turns: number;
  readonly isRunaway: boolean;
}

function run(emitter: Emitter, agent: AgentWorkload, { chance, story, atMs, turns, isRunaway }: Run): readonly OtlpSpan[] {
  const traceId = chance.hex(32);
  const who: Facts = { ...attributionFacts(chance, agent), [OURS.run]: `run-${chance.hex(10)}`, 'gen_ai.agent.name': agent.agent };
  const spans: OtlpSpan[] = [];
  const rootId = chance.hex(16);
  let nowMs = atMs + 5;
  let context = Math.round(chance.logNormal(...agent.context));
  let known = 0;
  let hasFailed = false;
  for (let turn = 0; turn < turns && !hasFailed; turn++) {
    const turnId = chance.hex(16);
    const turnStartMs = nowMs;
    const isWarm = chance.happens(0.95) && !(agent.feature === 'code-review' && isWithin(story.cacheRegression, nowMs));
    const cacheRead = isWarm ? Math.round(Math.min(known, context) * agent.cached) : 0;
    const output = Math.round(chance.logNormal(...agent.output));
    const failure = failureOf(chance, { provider: agent.provider, errors: 0.004, streamed: 1 }, nowMs, story);
    const request = requestSpan(emitter, chance, {
      traceId,
      parent: turnId,
      startMs: nowMs + 2,
      operation: 'chat',
      provider: agent.provider,
      model: agent.model,
      requestModel: agent.requestModel,
      tokens: {
        input: context,
        cacheRead,
        cacheWrite: agent.provider === 'anthropic' && isWarm ? Math.round((context - cacheRead) * 0.9) : undefined,
        output,
        reasoning: agent.reasoning && Math.round(output * chance.logNormal(...agent.reasoning)),
      },
      streamed: true,
      ...failure,
      facts: {
        ...who,
        [OURS.promptTemplateFingerprint]: digest(agent.agent),
        [OURS.promptFingerprint]: digest(`${agent.agent}/${chance.hex(8)}`),
      },
    });
    spans.push(request);
    nowMs = request.endMs;
    hasFailed = failure.error !== undefined;
    if (!hasFailed && turn < turns - 1) nowMs = callTools(spans, emitter, agent, { chance, traceId, turnId, who, nowMs, isRunaway });
    spans.push({
      ...toSpan(emitter, chance, {
        traceId,
        parent: rootId,
        name: `agent_step turn ${String(turn + 1)}`,
        startMs: turnStartMs,
        durationMs: nowMs - turnStartMs,
        failed: hasFailed,
        facts: { ...who, 'gen_ai.operation.name': 'agent_step' },
      }),
      spanId: turnId,
    });
    known = context;
    context = Math.min(LARGEST_CONTEXT, context + output + Math.round(chance.logNormal(...agent.added)));
  }
  const root = toSpan(emitter, chance, {
    traceId,
    name: `invoke_agent ${agent.agent}`,
    startMs: atMs,
    durationMs: nowMs - atMs + 4,
    failed: hasFailed,
    facts: { ...who, 'gen_ai.operation.name': 'invoke_agent' },
  });
  spans.push({ ...root, spanId: rootId });
  const success = !isRunaway && !hasFailed && chance.happens(agent.success);
  spans.push(
    toSpan(emitter, chance, {
      traceId,
      parent: rootId,
      name: `outcome ${agent.outcome}`,
      startMs: nowMs,
      durationMs: 0,
      facts: { ...who, [OURS.outcomeName]: agent.outcome, [OURS.outcomeSuccess]: success },
    }),
  );
  return spans;
}

interface Turn {
  readonly chance: Chance;
  readonly traceId: string;
  readonly turnId: string;
  readonly who: Facts;
  readonly nowMs: number;
  readonly isRunaway: boolean;
}

/** @returns when the last one is done */
function callTools(spans: OtlpSpan[], emitter: Emitter, { tools }: AgentWorkload, turn: Turn): number {
  const { chance, traceId, turnId, who, isRunaway } = turn;
  let nowMs = turn.nowMs;
  for (let call = chance.happens(0.25) ? 2 : 1; call > 0; call--) {
    const tool = isRunaway ? (tools[1] ?? tools[0]) : chance.pick(tools);
    const failed = chance.happens(isRunaway ? 0.6 : 0.03);
    const durationMs = Math.round(chance.logNormal(isRunaway ? 900 : 420, 0.7));
    spans.push(
      toSpan(emitter, chance, {
        traceId,
        parent: turnId,
        name: `execute_tool ${tool}`,
        startMs: nowMs + 1,
        durationMs,
        failed,
        facts: {
          ...who,
          'gen_ai.operation.name': 'execute_tool',
          'gen_ai.tool.name': tool,
          'gen_ai.tool.type': 'function',
          'error.type': failed ? 'tool_error' : undefined,
        },
      }),
    );
    nowMs += durationMs + 2;
  }
  return nowMs;
}
