import type { Attribution, Semantics } from '@tokenledger/model';
import type { Attributes, AttributeValue, OtlpSpan } from '../decode/otlp.ts';
import type { Dialect, Meaning, Profile } from './dialect.ts';
import { DIALECTS } from './dialects/index.ts';
import type { Evidence, Observation } from './observation.ts';
import { pickDialect, pickProfile } from './pick.ts';
import { findBiller } from './providers.ts';
import { compileSlots, type Reading, readAttributes, type SlotTable, toCount, toText, toTexts } from './read.ts';
import type { FactField } from './reading.ts';
import { readUsage } from './usage.ts';

const SLOTS = new Map<Dialect, SlotTable>(DIALECTS.map((dialect) => [dialect, compileSlots(dialect)]));

/** A span that speaks of no model: it keeps only its place in the tree. */
const SILENT: Pick<
  Observation,
  'role' | 'dialect' | 'semantics' | 'provider' | 'operation' | 'usage' | 'rawUsage' | 'origins' | 'estimated' | 'evidence'
> = {
  role: 'other',
  dialect: 'none',
  semantics: { profile: 'none', confidence: 'certain', flags: [] },
  provider: '',
  operation: '',
  usage: {},
  rawUsage: {},
  origins: {},
  estimated: false,
  evidence: [],
};

/** What a span says about money: pure, from this span alone, never throws. Prompts and answers are not looked at. */
export function observe(span: OtlpSpan): Observation {
  const dialect = pickDialect(span);
  if (!dialect) return { ...identify(span, []), ...SILENT, ...attribute(span, undefined) };
  const table = SLOTS.get(dialect) ?? compileSlots(dialect);
  const reading = readAttributes(span.attributes, table);
  const embedded = dialect.embedded?.(span);
  if (embedded) {
    Object.assign(reading.counts, { ...embedded.counts, ...reading.counts });
    Object.assign(reading.facts, embedded.facts);
    Object.assign(reading.raw, embedded.raw);
    Object.assign(reading.origins, { ...embedded.origins, ...reading.origins });
  }
  const meaning = findMeaning(span, dialect, reading);
  if (!meaning) return { ...identify(span, []), ...SILENT, ...attribute(span, reading) };
  const text = (field: FactField) => toText(reading.facts[field]);
  const requestModel = modelName(text('requestModel'), reading);
  const responseModel = modelName(text('responseModel'), reading);
  const biller = findBiller(text('provider'), responseModel ?? requestModel, text('serverAddress'), span.name);
  const profile = embedded?.profile ?? pickProfile(span, dialect, biller.provider);
  const { usage, confidence, flags, evidence } = readUsage(reading.counts, profile, biller.provider);
  const allFlags = [...reading.flags, ...flags, ...(profile.basis === 'assumed' ? ['unknown_emitter'] : [])];
  const semantics: Semantics = { profile: profile.name, confidence, flags: allFlags };
  const cost = readCost(reading);
  return {
    ...identify(span, allFlags, reading),
    ...attribute(span, reading),
    role: meaning.role,
    dialect: dialect.name,
    semantics,
    provider: biller.provider,
    gateway: text('gateway') ?? biller.gateway,
    operation: meaning.operation,
    requestModel,
    responseModel,
    serviceTier: text('serviceTier'),
    region: text('region'),
    responseId: text('responseId'),
    ttftMs: readTtft(reading),
    finishReasons: toTexts(reading.facts.finishReasons),
    promptName: text('promptName'),
    promptVersion: text('promptVersion'),
    promptFingerprint: text('promptFingerprint'),
    promptTemplateFingerprint: text('promptTemplateFingerprint'),
    usage: { ...usage, ...reading.meters },
    rawUsage: reading.raw,
    origins: reading.origins,
    estimated: profile.estimates !== undefined || isTrue(reading.facts.estimated),
    ...cost,
    servedFromCache: isTrue(reading.facts.servedFromCache) || undefined,
    evidence: dialectEvidence(span, dialect, profile, evidence),
  };
}

function findMeaning(span: OtlpSpan, dialect: Dialect, reading: Reading): Meaning | undefined {
  const named = toText(reading.facts.operation);
  const hasCounts = Object.keys(reading.counts).length > 0;
  const meaning = (named === undefined ? undefined : dialect.operationNames[named]) ?? dialect.unnamed?.(span);
  if (meaning) return meaning.withoutUsage && !hasCounts ? { ...meaning, role: meaning.withoutUsage } : meaning;
  if (hasCounts) return { role: 'inference', operation: named ?? 'chat' };
  return named === undefined ? undefined : { role: 'other', operation: named };
}

function identify(span: OtlpSpan, flags: string[], reading?: Reading) {
  const durationMs = span.endMs - span.startMs;
  if (durationMs < 0) flags.push('clock_skew');
  const failed = span.status === 'error' || isTrue(reading?.facts.failed) || reading?.facts.failed === 'ERROR';
  return {
    traceId: span.traceId,
    spanId: span.spanId,
    parentSpanId: span.parentSpanId,
    name: span.name,
    timeMs: span.startMs,
    durationMs: Math.max(durationMs, 0),
    status: failed ? 'error' : span.status,
    errorType: toText(reading?.facts.errorType ?? span.attributes.get('error.type')),
    scope: span.scope,
  } as const;
}

/** Some emitters write the provider where the model should stand: that is no model. */
function modelName(model: string | undefined, { facts }: Reading): string | undefined {
  return model === facts.provider ? undefined : model;
}

interface ResourceFacts {
  readonly service: string | undefined;
  readonly environment: string | undefined;
  readonly team: string | undefined;
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

function attribute(span: OtlpSpan, reading: Reading | undefined): Attribution {
  const { service, environment, team } = readResource(span.resource);
  if (!reading) return { service, environment, team };
  const { facts, tags } = reading;
  return {
    service,
    environment: toText(facts.environment) ?? environment,
    team: toText(facts.team) ?? team,
    feature: toText(facts.feature),
    customer: toText(facts.customer),
    user: toText(facts.user),
    session: toText(facts.session),
    run: toText(facts.run),
    agent: toText(facts.agent),
    tags,
  };
}

/** Milliseconds with three digits, as the ledger stores them. */
function readTtft({ facts }: Reading): number | undefined {
  const ms = toCount(facts.ttftMs, true) ?? (toCount(facts.ttftSeconds, true) ?? NaN) * 1000;
  return Number.isNaN(ms) ? undefined : Math.round(ms * 1000) / 1000;
}

/** Emitters write a cost of 0 when they know no price: 0 is no statement. */
function readCost({ facts }: Reading): Pick<Observation, 'reportedCostUsd' | 'reportedCostBy'> {
  const currency = toText(facts.costCurrency) ?? 'USD';
  const amount = Number(toText(facts.costUsd));
  if (!(amount > 0 && amount < 1e9) || currency.toUpperCase() !== 'USD') return {};
  return { reportedCostUsd: amount.toFixed(12), reportedCostBy: facts.costSource === 'provider' ? 'provider' : 'emitter' };
}

const isTrue = (value: AttributeValue | undefined): boolean => value === true || value === 'true';

function dialectEvidence(span: OtlpSpan, dialect: Dialect, profile: Profile, evidence: readonly Evidence[]): readonly Evidence[] {
  const emitter = `${span.scope.name || 'unnamed scope'}${span.scope.version ? `@${span.scope.version}` : ''}`;
  return [
    { rule: 'dialect', detail: `${emitter} speaks ${dialect.name}; numbers read as ${profile.name} (${profile.basis})` },
    ...evidence,
  ];
}
