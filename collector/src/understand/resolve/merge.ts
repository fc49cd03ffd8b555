import { meterFacts, type Meter, type Usage } from '@tokenledger/model';
import type { Evidence, Observation } from '../observation.ts';
import { addsOpening, hidesCached, total } from './same-call.ts';

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

const NOTHING_JUDGED: readonly Evidence[] = [];

/** The billed span of a request with what other spans of the same request know better. Nearest sources first. */
export function fill(kept: Observation, sources: readonly Observation[]): { observation: Observation; judged: readonly Evidence[] } {
  if (sources.length === 0) return { observation: kept, judged: NOTHING_JUDGED };
  let observation: Observation = kept;
  const judged: Evidence[] = [];
  for (const source of sources) {
    const { usage, estimated, evidence } = fillUsage(observation, source);
    const additions: Record<string, unknown> = {};
    for (const field of FILLED) {
      if (isMissing(observation[field]) && !isMissing(source[field])) additions[field] = source[field];
    }
    Object.assign(additions, wholeModels(observation, source));
    observation = { ...observation, ...additions, usage, estimated };
    judged.push(
      { rule: 'one_request', detail: `span ${source.spanId} of ${source.scope?.name || 'unnamed scope'} is the same request` },
      ...evidence,
    );
  }
  return { observation: inherit(observation, sources), judged };
}

/** What an ancestor says of team, user, session … holds for everything below it that says nothing itself. */
export function inherit(observation: Observation, sources: readonly Observation[]): Observation {
  if (!sources.some((source) => saysMore(source, observation))) return observation;
  const additions: Record<string, unknown> = {};
  for (const field of INHERITED)
    if (isMissing(observation[field]))
      additions[field] = sources.find((source) => !isMissing(source[field]))?.[field] ?? observation[field];
  return { ...observation, ...additions };
}

/** Whether there is anything to inherit. Written out, for it is asked of every call and mostly there is not. */
const saysMore = (source: Observation, than: Observation): boolean =>
  (isMissing(than.environment) && !isMissing(source.environment)) ||
  (isMissing(than.team) && !isMissing(source.team)) ||
  (isMissing(than.feature) && !isMissing(source.feature)) ||
  (isMissing(than.customer) && !isMissing(source.customer)) ||
  (isMissing(than.user) && !isMissing(source.user)) ||
  (isMissing(than.session) && !isMissing(source.session)) ||
  (isMissing(than.run) && !isMissing(source.run)) ||
  (isMissing(than.agent) && !isMissing(source.agent)) ||
  (isMissing(than.tags) && !isMissing(source.tags));

/** Some emitters cut the vendor off: `command-r-plus-v1:0` tells less than `cohere.command-r-plus-v1:0`, and has no price. */
function wholeModels(kept: Observation, source: Observation): Partial<Observation> {
  const whole = [kept.requestModel, source.requestModel, source.responseModel].find((model) => isWholeOf(model, kept, source));
  return whole === undefined ? {} : { requestModel: whole, responseModel: whole };
}

function isWholeOf(model: string | undefined, kept: Observation, source: Observation): boolean {
  if (model === undefined) return false;
  const others = [kept.requestModel, kept.responseModel, source.requestModel, source.responseModel].filter((other) => other !== undefined);
  return others.some((other) => model.endsWith(`.${other}`)) && others.every((other) => model === other || model.endsWith(`.${other}`));
}

const isMissing = (value: unknown): boolean => value === undefined || value === '';

const SIDES = ['input', 'output', 'other'] as const;
type Side = (typeof SIDES)[number];

/** Each side of the usage comes whole from one span, so that its buckets stay disjoint. */
function fillUsage(kept: Observation, source: Observation): Pick<Observation, 'usage' | 'estimated' | 'evidence'> {
  const taken = new Map<Side, string>();
  for (const side of SIDES) {
    const why = reasonToTake(side, kept, source);
    if (why !== undefined) taken.set(side, why);
  }
  if (taken.size === 0) return { usage: kept.usage, estimated: kept.estimated, evidence: [] };
  const parts = SIDES.map((side) => pick((taken.has(side) ? source : kept).usage, side));
  const guessesLeft = SIDES.some((side) => !taken.has(side) && side !== 'other' && tells(kept, side) > 0);
  const evidence = [...taken].map(([side, why]): Evidence => ({
    rule: `${side}_from_other_span`,
    detail: `${why} in span ${source.spanId} of ${source.scope?.name ?? 'unnamed scope'}`,
  }));
  return {
    usage: Object.assign({}, ...parts),
    evidence,
    estimated: source.estimated || (kept.estimated && guessesLeft),
  };
}

function reasonToTake(side: Side, kept: Observation, source: Observation): string | undefined {
  if (tells(source, side) === 0) return undefined;
  if (tells(kept, side) === 0) return `${side} is told only`;
  if (side === 'other' || source.estimated) return undefined;
  if (kept.estimated) return 'a count instead of an estimate is';
  if (side === 'input' && hidesCached(kept, source)) return 'a count of cached tokens is';
  if (side === 'output' && addsOpening(kept, source)) return "a count without the stream's opening is";
  if (tells(source, side) <= tells(kept, side)) return undefined;
  const rest = side === 'input' ? 'input_uncached' : 'output_text';
  const same = total(kept.usage, side) === total(source.usage, side) || kept.usage[rest] === source.usage[rest];
  return same ? `more detail of the same ${side} is` : undefined;
}

/** How much a span tells of a side: a bucket with tokens in it tells more than one that says zero. */
const tells = ({ usage }: Observation, side: Side): number =>
  Object.values(pick(usage, side)).reduce((sum, quantity) => sum + (quantity > 0 ? 2 : 1), 0);

const pick = (usage: Usage, side: Side): Usage =>
  Object.fromEntries(Object.entries(usage).filter(([meter]) => meterFacts(meter as Meter).side === side));
