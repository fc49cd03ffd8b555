import { formatUsd, parseUsd, type Semantics } from '@tokenledger/model';
import type { AttributeValue, OtlpScope, OtlpSpan } from '../decode/otlp.ts';
import type { Observation } from './observation.ts';
import { type Reading, toCount, toText, toTexts } from './read.ts';
import { type ChangingFacts, type Facts } from './reading.ts';
import { readResource } from './resource.ts';
import type { Understood } from './understood.ts';

/** What a span says that was told as others were: made once, and shared by all of them. */
export interface Form
  extends
    Omit<Understood, 'usage'>,
    Pick<
      Observation,
      | 'name'
      | 'scope'
      | 'errorType'
      | 'environment'
      | 'team'
      | 'feature'
      | 'agent'
      | 'serviceTier'
      | 'promptName'
      | 'promptVersion'
      | 'origins'
      | 'servedFromCache'
    > {
  readonly hasFailed: boolean;
  readonly isCostInUsd: boolean;
  readonly costBy: 'provider' | 'emitter';
}

/** What it says alone, but for its ids and times. */
export type Own = Pick<Observation, 'usage' | 'rawUsage' | 'tags'> & { readonly facts: ChangingFacts };

export function formOf(span: OtlpSpan, { facts, origins }: Pick<Reading, 'facts' | 'origins'>, understood: Understood): Form {
  const { usage: _, gateway, region, evidence, ...shared } = understood;
  return {
    ...shared,
    gateway: toText(facts.gateway) ?? gateway,
    // An array of its own, by which everything said of the form alone can be remembered.
    evidence: [...evidence],
    name: clip(span.name),
    scope: readScope(span.scope),
    hasFailed: isTrue(facts.failed) || facts.failed === 'ERROR',
    errorType: toText(facts.errorType),
    environment: toText(facts.environment),
    team: toText(facts.team),
    feature: toText(facts.feature),
    agent: toText(facts.agent),
    serviceTier: toText(facts.serviceTier),
    region: toText(facts.region) ?? region,
    promptName: toText(facts.promptName),
    promptVersion: toText(facts.promptVersion),
    origins,
    servedFromCache: isTrue(facts.servedFromCache) ? true : undefined,
    isCostInUsd: (toText(facts.costCurrency) ?? 'USD').toUpperCase() === 'USD',
    costBy: facts.costSource === 'provider' ? 'provider' : 'emitter',
  };
}

/** One object, written out: a hundred thousand are made a second. */
export function toObservation(span: OtlpSpan, form: Form, { usage, rawUsage, tags, facts }: Own): Observation {
  const resource = readResource(span.resource);
  const durationMs = Math.round((span.endMs - span.startMs) * 1000) / 1000;
  const cost = form.isCostInUsd ? readCost(facts.costUsd) : undefined;
  return {
    traceId: span.traceId,
    spanId: span.spanId,
    parentSpanId: span.parentSpanId,
    name: form.name,
    timeMs: Math.floor(span.startMs),
    durationMs: durationMs >= 0 ? durationMs : 0,
    status: form.hasFailed ? 'error' : span.status,
    errorType: form.errorType,
    scope: form.scope,
    service: resource.service,
    environment: form.environment ?? resource.environment,
    team: form.team ?? resource.team,
    feature: form.feature,
    customer: toText(facts.customer),
    user: toText(facts.user),
    session: toText(facts.session),
    run: toText(facts.run),
    agent: form.agent,
    tags,
    role: form.role,
    dialect: form.dialect,
    semantics: durationMs >= 0 ? form.semantics : withFlag(form.semantics, 'clock_skew'),
    provider: form.provider,
    gateway: form.gateway,
    operation: form.operation,
    requestModel: form.requestModel,
    responseModel: form.responseModel,
    serviceTier: form.serviceTier,
    region: form.region,
    responseId: readResponseId(facts.responseId),
    ttftMs: readTtft(facts),
    finishReasons: toTexts(facts.finishReasons),
    promptName: form.promptName,
    promptVersion: form.promptVersion,
    promptFingerprint: toText(facts.promptFingerprint),
    promptTemplateFingerprint: toText(facts.promptTemplateFingerprint),
    usage,
    rawUsage,
    origins: form.origins,
    estimated: form.estimated,
    reportedCostUsd: cost,
    reportedCostBy: cost === undefined ? undefined : form.costBy,
    servedFromCache: form.servedFromCache,
    evidence: form.evidence,
  };
}

const LONGEST_NAME = 512;
const clip = (name: string): string => (name.length > LONGEST_NAME ? name.slice(0, LONGEST_NAME) : name);
const readScope = (scope: OtlpScope): OtlpScope =>
  scope.name.length + scope.version.length > LONGEST_NAME ? { name: clip(scope.name), version: clip(scope.version) } : scope;

const withFlag = (semantics: Semantics, flag: string): Semantics => ({ ...semantics, flags: [...semantics.flags, flag] });

/** The AI SDK and LangChain make up an id where the API gives none: it names no response that anybody else sees. */
const MADE_UP_ID = /^(?:ai(?:txt|obj)|(?:lc_)?run)-/;

function readResponseId(told: Facts['responseId']): string | undefined {
  const id = toText(told);
  return id === undefined || MADE_UP_ID.test(id) ? undefined : id;
}

/** Milliseconds with three digits, as the ledger stores them. */
function readTtft({ ttftMs, ttftSeconds }: ChangingFacts): number | undefined {
  const ms = toCount(ttftMs, true);
  if (ms !== undefined) return Math.round(ms * 1000) / 1000;
  const seconds = toCount(ttftSeconds, true);
  return seconds === undefined ? undefined : Math.round(seconds * 1e6) / 1000;
}

/** Decimal USD. Emitters write a cost of 0 when they know no price: 0 is no statement. */
function readCost(costUsd: Facts['costUsd']): string | undefined {
  if (costUsd === undefined) return undefined;
  const amount = Number(toText(costUsd));
  return amount > 0 && amount < 1e9 ? formatUsd(parseUsd(amount.toFixed(12)) ?? 0n) : undefined;
}

export const isTrue = (value: AttributeValue | undefined): boolean => value === true || value === 'true';
