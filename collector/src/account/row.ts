import type { Attribution, Call, SpanIdentity, Step, StepRow } from '@tokenledger/model';
import type { Observation } from '../understand/observation.ts';
import type { Verdict } from '../understand/resolve/resolve.ts';
import { type Priced, pricedModel, toPicoUsd } from './price.ts';
import type { Received } from './received.ts';
import { stepAttributes } from './step-attributes.ts';
import { writeStepEvidence } from './stored-evidence.ts';

/** A verdict and its price → the call as the ledger shows it. */
export function toCall({ observation, billable, reason }: Verdict, priced: Priced, receivedMs: number | undefined, evidence: string): Call {
  return {
    ...facts(observation),
    model: pricedModel(observation),
    charges: priced.charges,
    cost: priced.cost,
    priceStatus: priced.priceStatus,
    unpricedReason: priced.unpricedReason,
    reportedCost: toPicoUsd(observation.reportedCostUsd),
    billable,
    notBillableReason: reason,
    receivedMs,
    evidence,
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

export function toStepRow({ tenant, span, receivedMs }: Received, observation: Observation): StepRow {
  const step: Step = {
    ...identityAndAttribution(observation),
    receivedMs,
    kind: observation.role === 'other' && observation.operation !== '' ? observation.operation : observation.role,
    attributes: stepAttributes(span.attributes),
    evidence: writeStepEvidence(observation),
  };
  return { tenant, step };
}
