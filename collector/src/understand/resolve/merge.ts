import { meterFacts, type Meter, type Usage } from '@tokenledger/model';
import type { Evidence, Observation } from '../observation.ts';
import { total } from './same-call.ts';

/** Facts that any span about the same request may add. Usage, time and identity are not among them. */
const FILLED = [
  'provider',
  'gateway',
  'requestModel',
  'responseModel',
  'serviceTier',
  'region',
  'responseId',
  'ttftMs',
  'finishReasons',
  'promptName',
  'promptVersion',
  'promptFingerprint',
  'promptTemplateFingerprint',
  'reportedCostUsd',
  'reportedCostBy',
] as const;

export const INHERITED = ['environment', 'team', 'feature', 'customer', 'user', 'session', 'run', 'agent', 'tags'] as const;

/** The billed span of a request with what other spans of the same request know better. Nearest sources first. */
export function fill(kept: Observation, sources: readonly Observation[]): Observation {
  let merged: Observation = kept;
  for (const source of sources) {
    const usage = fillUsage(merged, source);
    const additions: Record<string, unknown> = {};
    for (const field of FILLED) if (isMissing(merged[field]) && !isMissing(source[field])) additions[field] = source[field];
    merged = { ...merged, ...additions, ...usage };
  }
  return merged === kept ? kept : inherit(merged, sources);
}

export function inherit(observation: Observation, sources: readonly Observation[]): Observation {
  const additions: Record<string, unknown> = {};
  for (const field of INHERITED) {
    if (!isMissing(observation[field])) continue;
    const source = sources.find((candidate) => !isMissing(candidate[field]));
    if (source) additions[field] = source[field];
  }
  return Object.keys(additions).length === 0 ? observation : { ...observation, ...additions };
}

const isMissing = (value: unknown): boolean => value === undefined || value === '';

/** Each side of the usage comes whole from one span, so that its buckets stay disjoint. */
function fillUsage(kept: Observation, source: Observation): Partial<Observation> {
  const evidence: Evidence[] = [];
  let usage: Usage = kept.usage;
  for (const side of ['input', 'output', 'other'] as const) {
    const mine = pick(kept.usage, side);
    const theirs = pick(source.usage, side);
    const why = reasonToTake(mine, theirs, side, kept, source);
    if (why === undefined) continue;
    usage = { ...pickNot(usage, side), ...theirs };
    evidence.push({
      rule: `${side}_from_other_span`,
      detail: `${why} in span ${source.spanId} of ${source.scope?.name ?? 'unnamed scope'}`,
    });
  }
  if (evidence.length === 0) return {};
  return { usage, evidence: [...kept.evidence, ...evidence], estimated: kept.estimated && source.estimated };
}

function reasonToTake(
  mine: Usage,
  theirs: Usage,
  side: 'input' | 'output' | 'other',
  kept: Observation,
  source: Observation,
): string | undefined {
  const known = toldBy(mine);
  const offered = toldBy(theirs);
  if (offered === 0) return undefined;
  if (known === 0) return `${side} is told only`;
  if (side === 'other' || source.estimated) return undefined;
  if (kept.estimated) return 'a count instead of an estimate is';
  if (offered <= known) return undefined;
  const sameTotal = total(mine, side) === total(theirs, side);
  const rest = side === 'input' ? 'input_uncached' : 'output_text';
  return sameTotal || mine[rest] === theirs[rest] ? `more detail of the same ${side} is` : undefined;
}

/** How much a side tells: a bucket with tokens in it tells more than one that says zero. */
const toldBy = (usage: Usage): number => Object.values(usage).reduce((sum, quantity) => sum + (quantity > 0 ? 2 : 1), 0);

const pick = (usage: Usage, side: string): Usage =>
  Object.fromEntries(Object.entries(usage).filter(([meter]) => meterFacts(meter as Meter).side === side));
const pickNot = (usage: Usage, side: string): Usage =>
  Object.fromEntries(Object.entries(usage).filter(([meter]) => meterFacts(meter as Meter).side !== side));
