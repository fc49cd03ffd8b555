import type { Meter, Usage } from '@tokenledger/model';
import { DIALECTS } from '../dialects/index.ts';
import type { Evidence, Observation } from '../observation.ts';
import { CLOCK_STEP_MS } from './same-call.ts';

const ACCUMULATING: ReadonlySet<string> = new Set(
  DIALECTS.flatMap(({ profiles }) => profiles.filter(({ accumulates }) => accumulates === true).map(({ name }) => name)),
);

export interface OwnUsage {
  readonly usage: Usage;
  readonly judged: Evidence;
}

const ALL_THEIR_OWN: ReadonlyMap<Observation, OwnUsage> = new Map();

/**
 * What a request of a tool loop used by itself, where its emitter adds what those before it used: the one before, under the same parent, ended by
 * asking for a tool, and tells no bucket more. `rows` are in order of time.
 */
export function ownUsages(rows: readonly Observation[]): ReadonlyMap<Observation, OwnUsage> {
  if (!rows.some(isAccumulating)) return ALL_THEIR_OWN;
  const own = new Map<Observation, OwnUsage>();
  const last = new Map<string, Observation>();
  for (const row of rows) {
    if (!isAccumulating(row) || row.parentSpanId === undefined) continue;
    const loop = JSON.stringify([row.traceId, row.parentSpanId, row.scope?.name, row.provider, row.requestModel]);
    const before = last.get(loop);
    last.set(loop, row);
    const usage = before && endedByTool(before, row) ? difference(row.usage, before.usage) : undefined;
    if (before && usage) own.set(row, { usage, judged: { rule: 'accumulated', detail: `what span ${before.spanId} used is taken off` } });
  }
  return own;
}

const isAccumulating = ({ role, semantics }: Observation): boolean => role === 'inference' && ACCUMULATING.has(semantics.profile);

const endedByTool = (before: Observation, next: Observation): boolean =>
  before.timeMs + before.durationMs <= next.timeMs + CLOCK_STEP_MS &&
  (before.finishReasons?.some((reason) => /tool/i.test(reason)) ?? false);

/** `undefined` where something would be less than nothing: then nothing was added. */
function difference(usage: Usage, before: Usage): Usage | undefined {
  const rest: Partial<Record<Meter, number>> = { ...usage };
  for (const [meter, quantity] of Object.entries(before) as [Meter, number][]) {
    const left = (usage[meter] ?? 0) - quantity;
    if (left < 0) return undefined;
    if (usage[meter] !== undefined) rest[meter] = left;
  }
  return rest;
}
