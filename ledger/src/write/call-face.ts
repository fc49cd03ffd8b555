import type { Call, Charge, LedgerEntry, Meter, Usage } from '@tokenledger/model';
import {
  areSameTexts,
  type ChargeLine,
  chargeLinesOf,
  haveChargeLines,
  haveNames,
  namesOf,
  writeMeters,
  writeMetersOf,
  writePrices,
  writeTexts,
} from '../call-shapes.ts';
import { faceColumn, type Faces, mixEnd } from './faces.ts';
import { bool, int8, lowCardinality, uint32 } from './native-type.ts';
import { hashOfSpan, hasSpanFace, SPAN_FACE_COLUMNS, type SpanFace, spanFaceOf, type SpanRow } from './span-columns.ts';

export interface CallRow extends SpanRow<Call> {
  readonly entry: LedgerEntry;
  face: CallFace | undefined;
}

/** What an entry has in common with others: all but ids, times and numbers. */
export interface CallFace
  extends
    SpanFace,
    Pick<LedgerEntry, 'reason'>,
    Pick<
      Call,
      | 'provider'
      | 'gateway'
      | 'operation'
      | 'requestModel'
      | 'model'
      | 'serviceTier'
      | 'region'
      | 'promptName'
      | 'promptVersion'
      | 'promptTemplateFingerprint'
      | 'priceStatus'
      | 'unpricedReason'
      | 'billable'
      | 'notBillableReason'
      | 'estimated'
      | 'evidence'
    >,
    Pick<Call['semantics'], 'profile' | 'confidence' | 'flags'>,
    Pick<LedgerEntry['delta'], 'calls' | 'unpricedCalls' | 'requests' | 'errors'> {
  readonly finishReasons: readonly string[];
  readonly usageMeters: readonly string[];
  readonly rawUsageNames: readonly string[];
  readonly chargeLines: readonly ChargeLine[];
  /** How often the entry counts all that its call used, and what that costs: once, or -1 where it takes it back; 0 where it counts something else. */
  readonly usageTimes: number;
  readonly costTimes: number;
  /** It counts the very lists of its call. */
  readonly isWhole: boolean;
}

const NOTHING: readonly string[] = [];

function faceOf(row: CallRow): CallFace {
  const { span, entry } = row;
  const { calls, unpricedCalls, requests, errors } = entry.delta;
  return {
    ...spanFaceOf(row),
    reason: entry.reason,
    provider: span.provider,
    gateway: span.gateway,
    operation: span.operation,
    requestModel: span.requestModel,
    model: span.model,
    serviceTier: span.serviceTier,
    region: span.region,
    promptName: span.promptName,
    promptVersion: span.promptVersion,
    promptTemplateFingerprint: span.promptTemplateFingerprint,
    priceStatus: span.priceStatus,
    unpricedReason: span.unpricedReason,
    billable: span.billable,
    notBillableReason: span.notBillableReason,
    estimated: span.estimated,
    profile: span.semantics.profile,
    confidence: span.semantics.confidence,
    flags: span.semantics.flags,
    evidence: span.evidence,
    finishReasons: span.finishReasons ?? NOTHING,
    usageMeters: namesOf(span.usage),
    rawUsageNames: namesOf(span.rawUsage),
    chargeLines: chargeLinesOf(span),
    calls,
    unpricedCalls,
    requests,
    errors,
    usageTimes: usageTimes(entry),
    costTimes: chargesTimes(entry),
    isWhole: isWhole(entry),
  };
}

const hashOf = (row: CallRow): number =>
  mixEnd(mixEnd(mixEnd(mixEnd(hashOfSpan(row), row.span.model), row.span.promptVersion), row.span.promptTemplateFingerprint), row.tenant);

const hasFace = (row: CallRow, face: CallFace): boolean =>
  hasSpanFace(row, face) && isToldAlike(row.span, face) && isPricedAlike(row.span, face) && isCountedAlike(row.entry, face);

const isToldAlike = (call: Call, face: CallFace): boolean =>
  face.model === call.model &&
  face.requestModel === call.requestModel &&
  face.operation === call.operation &&
  face.provider === call.provider &&
  face.gateway === call.gateway &&
  face.evidence === call.evidence &&
  face.promptName === call.promptName &&
  face.promptVersion === call.promptVersion &&
  face.promptTemplateFingerprint === call.promptTemplateFingerprint &&
  face.estimated === call.estimated &&
  face.profile === call.semantics.profile &&
  face.confidence === call.semantics.confidence &&
  areSameTexts(face.flags, call.semantics.flags) &&
  areSameTexts(face.finishReasons, call.finishReasons ?? NOTHING) &&
  haveNames(face.usageMeters, call.usage) &&
  haveNames(face.rawUsageNames, call.rawUsage);

const isPricedAlike = (call: Call, face: CallFace): boolean =>
  face.serviceTier === call.serviceTier &&
  face.region === call.region &&
  face.priceStatus === call.priceStatus &&
  face.unpricedReason === call.unpricedReason &&
  face.billable === call.billable &&
  face.notBillableReason === call.notBillableReason &&
  haveChargeLines(face.chargeLines, call);

function isCountedAlike(entry: LedgerEntry, face: CallFace): boolean {
  const { calls, unpricedCalls, requests, errors } = entry.delta;
  return (
    face.reason === entry.reason &&
    face.calls === calls &&
    face.unpricedCalls === unpricedCalls &&
    face.requests === requests &&
    face.errors === errors &&
    face.isWhole === isWhole(entry) &&
    (face.isWhole || (face.usageTimes === usageTimes(entry) && face.costTimes === chargesTimes(entry)))
  );
}

export const CALL_FACES: Faces<CallRow, CallFace> = {
  faceOf,
  hashOf,
  hasFace,
  columns: [
    ...SPAN_FACE_COLUMNS,
    faceColumn('reason', lowCardinality, ({ reason }) => reason),
    faceColumn('provider', lowCardinality, ({ provider }) => provider),
    faceColumn('gateway', lowCardinality, ({ gateway }) => gateway ?? ''),
    faceColumn('operation', lowCardinality, ({ operation }) => operation),
    faceColumn('request_model', lowCardinality, ({ requestModel }) => requestModel ?? ''),
    faceColumn('model', lowCardinality, ({ model }) => model),
    faceColumn('service_tier', lowCardinality, ({ serviceTier }) => serviceTier ?? ''),
    faceColumn('region', lowCardinality, ({ region }) => region ?? ''),
    faceColumn('prompt_name', lowCardinality, ({ promptName }) => promptName ?? ''),
    faceColumn('prompt_version', lowCardinality, ({ promptVersion }) => promptVersion ?? ''),
    faceColumn('prompt_template_fingerprint', lowCardinality, (face) => face.promptTemplateFingerprint ?? ''),
    faceColumn('finish_reasons', lowCardinality, ({ finishReasons }) => writeTexts(finishReasons)),
    faceColumn('usage_meters', lowCardinality, ({ usageMeters }) => writeMeters(usageMeters)),
    faceColumn('charge_meters', lowCardinality, ({ chargeLines }) => writeMetersOf(chargeLines)),
    faceColumn('charge_prices', lowCardinality, ({ chargeLines }) => writePrices(chargeLines)),
    faceColumn('price_status', lowCardinality, ({ priceStatus }) => priceStatus),
    faceColumn('unpriced_reason', lowCardinality, ({ unpricedReason }) => unpricedReason ?? ''),
    faceColumn('billable', bool, ({ billable }) => billable),
    faceColumn('not_billable_reason', lowCardinality, ({ notBillableReason }) => notBillableReason ?? ''),
    faceColumn('estimated', bool, ({ estimated }) => estimated),
    faceColumn('semantics_profile', lowCardinality, ({ profile }) => profile),
    faceColumn('semantics_confidence', lowCardinality, ({ confidence }) => confidence),
    faceColumn('semantics_flags', lowCardinality, ({ flags }) => writeTexts(flags)),
    faceColumn('raw_usage_names', lowCardinality, ({ rawUsageNames }) => writeTexts(rawUsageNames)),
    faceColumn('evidence', lowCardinality, ({ evidence }) => evidence),
    faceColumn('face', uint32, (_, number) => number),
    faceColumn('delta_calls', int8, ({ calls }) => calls),
    faceColumn('delta_unpriced_calls', int8, ({ unpricedCalls }) => unpricedCalls),
    faceColumn('delta_requests', int8, ({ requests }) => requests),
    faceColumn('delta_errors', int8, ({ errors }) => errors),
    faceColumn('delta_usage_times', int8, (face) => face.usageTimes),
    faceColumn('delta_cost_times', int8, (face) => face.costTimes),
  ],
};

const isWhole = ({ call, delta }: LedgerEntry): boolean => delta.usage === call.usage && delta.charges === call.charges;

function usageTimes({ call, delta }: LedgerEntry): number {
  if (delta.usage === call.usage) return 1;
  return [1, -1].find((times) => isTimes(times, delta.usage, call.usage)) ?? 0;
}

/** Quantities of a call that are nearly none differ less than is stored of them. */
function isTimes(times: number, delta: Usage, usage: Usage): boolean {
  const meters = Object.keys(delta) as Meter[];
  return meters.length === Object.keys(usage).length && meters.every((meter) => delta[meter] === times * (usage[meter] ?? Number.NaN));
}

/** A map has each meter once: charges that name one twice are added up. */
function chargesTimes({ call, delta }: LedgerEntry): number {
  if (delta.charges.length !== call.charges.length || namesTwice(call.charges)) return 0;
  if (delta.charges === call.charges) return 1;
  return [1, -1].find((times) => delta.charges.every((charge, at) => isTimesOf(BigInt(times), charge, call.charges[at]))) ?? 0;
}

const isTimesOf = (times: bigint, { meter, amount }: Charge, of: Charge | undefined) => meter === of?.meter && amount === times * of.amount;

const namesTwice = (charges: readonly Charge[]): boolean => new Set(charges.map(({ meter }) => meter)).size < charges.length;
