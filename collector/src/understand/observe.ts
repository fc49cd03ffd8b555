import { formatUsd, parseUsd, type Semantics } from '@tokenledger/model';
import { Attributes, type AttributeValue, type OtlpScope, type OtlpSpan } from '../decode/otlp.ts';
import type { Dialect, Embedded, Meaning, Profile } from './dialect.ts';
import { DIALECTS } from './dialects/index.ts';
import type { Evidence, Observation } from './observation.ts';
import { pickDialect, pickProfile } from './pick.ts';
import { findBiller, isVendorName } from './providers.ts';
import { compileSlots, type Reading, readAttributes, type SlotTable, toCount, toText, toTexts } from './read.ts';
import { COUNT_FIELDS } from './reading.ts';
import { Retelling, type Told } from './retell.ts';
import type { Understood } from './understood.ts';
import { readUsage } from './usage.ts';

const SLOTS = new Map<Dialect, SlotTable>(DIALECTS.map((dialect) => [dialect, compileSlots(dialect)]));
/** What any span may tell: who caused what happens below it. */
const COMMON_SLOTS = compileSlots({ counts: {}, facts: {} });

const NOT_ABOUT_MODELS: Understood = {
  role: 'other',
  dialect: 'none',
  operation: '',
  provider: '',
  gateway: undefined,
  requestModel: undefined,
  responseModel: undefined,
  usage: {},
  estimated: false,
  semantics: { profile: 'none', confidence: 'certain', flags: [] },
  evidence: [],
  profile: undefined,
};

/** What a span says about money: pure, from this span alone, never throws. Prompts and answers are not looked at. */
export const observe = createObserver();

/** One that remembers nothing yet; what is remembered changes nothing but the time it takes. */
export function createObserver(): (span: OtlpSpan) => Observation {
  const retelling = new Retelling();
  return (span) => toObservation(span, retelling.retell(span) ?? observeAlone(span, retelling));
}

function observeAlone(span: OtlpSpan, retelling: Retelling): Told {
  const dialect = pickDialect(span);
  const table = (dialect && SLOTS.get(dialect)) ?? COMMON_SLOTS;
  const reading = readAttributes(span.attributes, table);
  const told = (dialect && understand(span, dialect, reading)) ?? { reading, understood: NOT_ABOUT_MODELS, usage: undefined };
  // What is inside an attribute changes with every span.
  if (!dialect?.embedded) retelling.keep(span, table, told);
  return told;
}

function toObservation(span: OtlpSpan, { reading, understood }: Told): Observation {
  const { facts } = reading;
  const resource = readResource(span.resource);
  const durationMs = Math.round((span.endMs - span.startMs) * 1000) / 1000;
  const failed = span.status === 'error' || isTrue(facts.failed) || facts.failed === 'ERROR';
  const cost = readCost(reading);
  return {
    traceId: span.traceId,
    spanId: span.spanId,
    parentSpanId: span.parentSpanId,
    name: clip(span.name),
    timeMs: Math.floor(span.startMs),
    durationMs: durationMs >= 0 ? durationMs : 0,
    status: failed ? 'error' : span.status,
    errorType: toText(facts.errorType),
    scope: readScope(span.scope),
    service: resource.service,
    environment: toText(facts.environment) ?? resource.environment,
    team: toText(facts.team) ?? resource.team,
    feature: toText(facts.feature),
    customer: toText(facts.customer),
    user: toText(facts.user),
    session: toText(facts.session),
    run: toText(facts.run),
    agent: toText(facts.agent),
    tags: reading.tags,
    role: understood.role,
    dialect: understood.dialect,
    semantics: durationMs >= 0 ? understood.semantics : withFlag(understood.semantics, 'clock_skew'),
    provider: understood.provider,
    gateway: toText(facts.gateway) ?? understood.gateway,
    operation: understood.operation,
    requestModel: understood.requestModel,
    responseModel: understood.responseModel,
    serviceTier: toText(facts.serviceTier),
    region: toText(facts.region),
    responseId: toText(facts.responseId),
    ttftMs: readTtft(reading),
    finishReasons: toTexts(facts.finishReasons),
    promptName: toText(facts.promptName),
    promptVersion: toText(facts.promptVersion),
    promptFingerprint: toText(facts.promptFingerprint),
    promptTemplateFingerprint: toText(facts.promptTemplateFingerprint),
    usage: understood.usage,
    rawUsage: reading.raw,
    origins: reading.origins,
    estimated: understood.estimated,
    reportedCostUsd: cost,
    reportedCostBy: cost === undefined ? undefined : facts.costSource === 'provider' ? 'provider' : 'emitter',
    servedFromCache: isTrue(facts.servedFromCache) ? true : undefined,
    evidence: understood.evidence,
  };
}

/** `undefined`: the span bears the marks of a dialect, and yet is not about models. */
function understand(span: OtlpSpan, dialect: Dialect, reading: Reading): Told | undefined {
  const embedded = dialect.embedded?.(span);
  if (embedded) addEmbedded(reading, embedded);
  const meaning = findMeaning(span, dialect, reading);
  if (!meaning) return undefined;
  const { facts, counts, meters } = reading;
  const requestModel = modelName(facts.requestModel, facts.provider);
  const responseModel = modelName(facts.responseModel, facts.provider);
  const biller = findBiller(toText(facts.provider), responseModel ?? requestModel, toText(facts.serverAddress), span.name);
  const profile = embedded?.profile ?? pickProfile(span, dialect, biller.provider, responseModel ?? requestModel);
  const read = readUsage(counts, profile, biller.provider);
  const { usage, confidence, flags, evidence } = read;
  const understood: Understood = {
    role: meaning.role,
    dialect: dialect.name,
    operation: meaning.operation,
    provider: biller.provider,
    gateway: biller.gateway,
    requestModel,
    responseModel,
    usage: meters === undefined ? usage : { ...usage, ...meters },
    estimated: profile.estimates !== undefined || isTrue(facts.estimated),
    semantics: {
      profile: profile.name,
      confidence,
      flags: profile.basis === 'assumed' ? [...reading.flags, ...flags, 'unknown_emitter'] : [...reading.flags, ...flags],
    },
    evidence: [profileEvidence(span, dialect, profile), ...evidence],
    profile,
  };
  return { reading, understood, usage: read };
}

/** Numbers from inside an attribute fill what no attribute tells; facts from inside replace. */
function addEmbedded(reading: Reading, { counts, facts, raw, origins }: Embedded): void {
  for (const field of COUNT_FIELDS) {
    if (counts[field] === undefined || reading.counts[field] !== undefined) continue;
    reading.counts[field] = counts[field];
    reading.hasCounts = true;
    if (origins?.[field] !== undefined) reading.origins[field] = origins[field];
  }
  Object.assign(reading.facts, facts);
  Object.assign(reading.raw, raw);
}

function findMeaning(span: OtlpSpan, { operationNames, unnamed }: Dialect, { facts, hasCounts }: Reading): Meaning | undefined {
  const named = toText(facts.operation);
  if (named === undefined) return unnamed?.(span) ?? (hasCounts ? { role: 'inference', operation: 'chat' } : undefined);
  const meaning = Object.hasOwn(operationNames, named) ? operationNames[named] : undefined;
  if (!meaning) return { role: hasCounts ? 'inference' : 'other', operation: named };
  return meaning.withoutUsage && !hasCounts ? { ...meaning, role: meaning.withoutUsage } : meaning;
}

/** Some emitters write the provider or the vendor where the model should stand, or cut all else off: that is no model. */
function modelName(model: AttributeValue | undefined, provider: AttributeValue | undefined): string | undefined {
  if (model === provider || (typeof model === 'string' && isVendorName(model))) return undefined;
  return toText(model);
}

const LONGEST_NAME = 512;
const clip = (name: string): string => (name.length > LONGEST_NAME ? name.slice(0, LONGEST_NAME) : name);
const readScope = (scope: OtlpScope): OtlpScope =>
  scope.name.length + scope.version.length > LONGEST_NAME ? { name: clip(scope.name), version: clip(scope.version) } : scope;

const withFlag = (semantics: Semantics, flag: string): Semantics => ({ ...semantics, flags: [...semantics.flags, flag] });

interface ResourceFacts {
  readonly service: string | undefined;
  readonly environment: string | undefined;
  readonly team: string | undefined;
}

/** What is read of a resource. */
const RESOURCE_KEYS = [
  'service.name',
  'deployment.environment.name',
  'deployment.environment',
  'tokenledger.team',
  'service.instance.cost_center.name',
] as const;

/** A resource of which the same is read. */
export function trimResource(resource: Attributes): Attributes {
  const trimmed = new Attributes();
  for (const key of RESOURCE_KEYS) {
    const value = resource.get(key);
    if (value !== undefined) trimmed.set(key, value);
  }
  return trimmed;
}

/** Thousands of spans share one resource. */
const resources = new WeakMap<Attributes, ResourceFacts>();

function readResource(resource: Attributes): ResourceFacts {
  const known = resources.get(resource);
  if (known) return known;
  const facts = {
    service: toText(resource.get('service.name')),
    environment: toText(resource.get('deployment.environment.name') ?? resource.get('deployment.environment')),
    team: toText(resource.get('tokenledger.team') ?? resource.get('service.instance.cost_center.name')),
  };
  resources.set(resource, facts);
  return facts;
}

/** Milliseconds with three digits, as the ledger stores them. */
function readTtft({ facts }: Reading): number | undefined {
  const ms = toCount(facts.ttftMs, true);
  if (ms !== undefined) return Math.round(ms * 1000) / 1000;
  const seconds = toCount(facts.ttftSeconds, true);
  return seconds === undefined ? undefined : Math.round(seconds * 1e6) / 1000;
}

/** Decimal USD. Emitters write a cost of 0 when they know no price: 0 is no statement. */
function readCost({ facts }: Reading): string | undefined {
  if (facts.costUsd === undefined) return undefined;
  const amount = Number(toText(facts.costUsd));
  const isUsd = (toText(facts.costCurrency) ?? 'USD').toUpperCase() === 'USD';
  return isUsd && amount > 0 && amount < 1e9 ? formatUsd(parseUsd(amount.toFixed(12)) ?? 0n) : undefined;
}

const isTrue = (value: AttributeValue | undefined): boolean => value === true || value === 'true';

function profileEvidence({ scope }: OtlpSpan, dialect: Dialect, profile: Profile): Evidence {
  const emitter = `${scope.name || 'unnamed scope'}${scope.version ? `@${scope.version}` : ''}`;
  return { rule: 'dialect', detail: `${emitter} speaks ${dialect.name}; numbers read as ${profile.name} (${profile.basis})` };
}
