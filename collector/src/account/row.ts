import type { Call, Step, StepRow } from '@tokenledger/model';
import type { Observation } from '../understand/observation.ts';
import type { Verdict } from '../understand/resolve/resolve.ts';
import { type Priced, pricedModel, toPicoUsd } from './price.ts';
import type { Received } from './received.ts';
import { stepAttributes } from './step-attributes.ts';
import { writeStepEvidence } from './stored-evidence.ts';

/** A verdict and its price → the call as the ledger shows it. One object, written out: a hundred thousand are made a second. */
export function toCall({ observation, billable, reason }: Verdict, priced: Priced, receivedMs: number | undefined, evidence: string): Call {
  return {
    traceId: observation.traceId,
    spanId: observation.spanId,
    parentSpanId: observation.parentSpanId,
    name: observation.name,
    timeMs: observation.timeMs,
    receivedMs,
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
    ttftMs: observation.ttftMs,
    provider: observation.provider,
    gateway: observation.gateway,
    operation: observation.operation,
    requestModel: observation.requestModel,
    model: pricedModel(observation),
    serviceTier: observation.serviceTier,
    region: observation.region,
    responseId: observation.responseId,
    promptName: observation.promptName,
    promptVersion: observation.promptVersion,
    promptFingerprint: observation.promptFingerprint,
    promptTemplateFingerprint: observation.promptTemplateFingerprint,
    finishReasons: observation.finishReasons,
    usage: observation.usage,
    charges: priced.charges,
    cost: priced.cost,
    priceStatus: priced.priceStatus,
    unpricedReason: priced.unpricedReason,
    reportedCost: toPicoUsd(observation.reportedCostUsd),
    billable,
    notBillableReason: reason,
    estimated: observation.estimated,
    semantics: observation.semantics,
    rawUsage: observation.rawUsage,
    evidence,
  };
}

export function toStepRow({ tenant, span, receivedMs }: Received, observation: Observation): StepRow {
  const step: Step = {
    traceId: observation.traceId,
    spanId: observation.spanId,
    parentSpanId: observation.parentSpanId,
    name: observation.name,
    timeMs: observation.timeMs,
    receivedMs,
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
    kind: observation.role === 'other' && observation.operation !== '' ? observation.operation : observation.role,
    attributes: stepAttributes(span.attributes),
    evidence: writeStepEvidence(observation),
  };
  return { tenant, step };
}
