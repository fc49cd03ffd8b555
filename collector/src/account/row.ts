import {
  type Attribution,
  type Call,
  parseUsd,
  type PriceRequest,
  type PriceResult,
  type SpanIdentity,
  type Step,
  type StepRow,
  type TenantId,
} from '@tokenledger/model';
import { hasUsage, type Observation } from '../understand/observation.ts';
import { writeEvidence } from './stored-evidence.ts';
import type { KnownSpan } from './memory.ts';
import type { Verdict } from '../understand/resolve/resolve.ts';

export interface Pricing {
  price(request: PriceRequest): PriceResult;
}

/** A verdict → the call as the ledger shows it. Its evidence is the span's own observation, which no neighbour changed. */
export function toCall({ observation, billable, reason, judged }: Verdict, known: KnownSpan, priceBook: Pricing): Call {
  return {
    ...facts(observation),
    model: observation.responseModel ?? observation.requestModel ?? '',
    ...priceOf(observation, billable, priceBook),
    reportedCost: observation.reportedCostUsd === undefined ? undefined : parseUsd(observation.reportedCostUsd),
    billable,
    notBillableReason: reason,
    receivedMs: known.receivedMs,
    evidence: writeEvidence({ span: known.observation, judged }),
  };
}

function facts(observation: Observation) {
  return {
    ...identityAndAttribution(observation),
    ttftMs: observation.ttftMs,
    provider: observation.provider,
    gateway: observation.gateway,
    operation: observation.operation,
    requestModel: observation.requestModel,
    serviceTier: observation.serviceTier,
    region: observation.region,
    responseId: observation.responseId,
    promptName: observation.promptName,
    promptVersion: observation.promptVersion,
    promptFingerprint: observation.promptFingerprint,
    promptTemplateFingerprint: observation.promptTemplateFingerprint,
    finishReasons: observation.finishReasons,
    usage: observation.usage,
    estimated: observation.estimated,
    semantics: observation.semantics,
    rawUsage: observation.rawUsage,
  };
}

function identityAndAttribution(observation: Observation): SpanIdentity & Attribution {
  return {
    traceId: observation.traceId,
    spanId: observation.spanId,
    parentSpanId: observation.parentSpanId,
    name: observation.name,
    timeMs: observation.timeMs,
    durationMs: observation.durationMs,
    status: observation.status,
    errorType: observation.errorType,
    scope: observation.scope,
    service: observation.service,
    environment: observation.environment,
    team: observation.team,
    feature: observation.feature,
    customer: observation.customer,
    user: observation.user,
    session: observation.session,
    run: observation.run,
    agent: observation.agent,
    tags: observation.tags,
  };
}

type Priced = Pick<Call, 'charges' | 'cost' | 'priceStatus' | 'unpricedReason'>;

/** What is not billed costs exactly nothing. What is billed and cannot be priced costs an unknown amount. */
function priceOf(observation: Observation, billable: boolean, priceBook: Pricing): Priced {
  if (!billable) return { charges: [], cost: 0n, priceStatus: 'exact' };
  if (!hasUsage(observation))
    return reported(observation) ?? { charges: [], cost: null, priceStatus: 'unpriced', unpricedReason: 'no_usage' };
  const result = priceBook.price({
    provider: observation.provider,
    model: observation.responseModel ?? observation.requestModel ?? '',
    at: observation.timeMs,
    serviceTier: observation.serviceTier,
    region: observation.region,
    usage: observation.usage,
  });
  if (result.status === 'unpriced')
    return reported(observation) ?? { charges: result.charges, cost: null, priceStatus: 'unpriced', unpricedReason: result.reason };
  return { charges: result.charges, cost: result.cost, priceStatus: observation.estimated ? 'estimated' : result.status };
}

/** Without a price of ours the emitter's own figure is better than none, and is marked as theirs. */
function reported({ reportedCostUsd, reportedCostBy, scope }: Observation): Priced | undefined {
  const amount = reportedCostUsd === undefined ? undefined : parseUsd(reportedCostUsd);
  if (amount === undefined || reportedCostUsd === undefined) return undefined;
  const source = reportedCostBy === 'provider' ? 'reported by the provider' : `computed by ${scope?.name ?? 'the emitter'}`;
  return {
    charges: [{ meter: 'requests', quantity: 1, unitPriceUsd: reportedCostUsd, amount, priceId: 'reported', source }],
    cost: amount,
    priceStatus: reportedCostBy === 'provider' ? 'provider_reported' : 'estimated',
  };
}

export function toStepRow(tenant: TenantId, observation: Observation, receivedMs: number | undefined): StepRow {
  const step: Step = {
    ...identityAndAttribution(observation),
    receivedMs,
    kind: observation.role === 'other' && observation.operation !== '' ? observation.operation : observation.role,
    attributes: {},
    evidence: writeEvidence({ span: observation, judged: [] }),
  };
  return { tenant, step };
}
