import type { Call, Charge, LedgerEntry, Meter, PicoUsd } from '@tokenledger/model';
import { column, type Column } from './native-block.ts';
import {
  array,
  bool,
  decimal128,
  decimal128OfNumber,
  decimal64OfNumber,
  int8,
  jsonScalar,
  lowCardinality,
  map,
  nullable,
  text,
  uint32,
  type NativeType,
} from './native-type.ts';
import { type Insert, SPAN_COLUMNS, toSpanRow, type SpanRow } from './span-columns.ts';

export interface CallRow extends SpanRow<Call> {
  readonly entry: LedgerEntry;
}

export function toCallRow(entry: LedgerEntry, insert: Insert): CallRow {
  const { tenant, span, timeMs, originalMs, receivedMs, recordedMs, token } = toSpanRow(entry.tenant, entry.call, insert);
  return { tenant, span, timeMs, originalMs, receivedMs, recordedMs, token, entry };
}

const NOTHING: readonly string[] = [];
const texts = array(lowCardinality, (text: string) => text);
const charges = <T>(type: NativeType<T>, valueOf: (charge: Charge) => T) => array(type, valueOf);
const money = decimal128(12);
const quantity = decimal128OfNumber(6);
const quantities = map(quantity);

export const CALL_COLUMNS: readonly Column<CallRow>[] = [
  ...SPAN_COLUMNS,
  column('version', uint32, ({ entry }) => entry.version),
  column('reason', lowCardinality, ({ entry }) => entry.reason),
  column('ttft_ms', nullable(decimal64OfNumber(3), 0), ({ span }) => span.ttftMs ?? null),
  column('provider', lowCardinality, ({ span }) => span.provider),
  column('gateway', lowCardinality, ({ span }) => span.gateway ?? ''),
  column('operation', lowCardinality, ({ span }) => span.operation),
  column('request_model', lowCardinality, ({ span }) => span.requestModel ?? ''),
  column('model', lowCardinality, ({ span }) => span.model),
  column('service_tier', lowCardinality, ({ span }) => span.serviceTier ?? ''),
  column('region', lowCardinality, ({ span }) => span.region ?? ''),
  column('response_id', text, ({ span }) => span.responseId ?? ''),
  column('prompt_name', lowCardinality, ({ span }) => span.promptName ?? ''),
  column('prompt_version', lowCardinality, ({ span }) => span.promptVersion ?? ''),
  column('prompt_fingerprint', text, ({ span }) => span.promptFingerprint ?? ''),
  column('prompt_template_fingerprint', lowCardinality, ({ span }) => span.promptTemplateFingerprint ?? ''),
  column('finish_reasons', texts, ({ span }) => span.finishReasons ?? NOTHING),
  column('usage', quantities, ({ span }) => span.usage),
  column(
    'charge_meters',
    charges(lowCardinality, (charge) => charge.meter),
    ({ span }) => span.charges,
  ),
  column(
    'charge_quantities',
    charges(quantity, (charge) => charge.quantity),
    ({ span }) => span.charges,
  ),
  column(
    'charge_unit_prices',
    charges(lowCardinality, (charge) => charge.unitPriceUsd),
    ({ span }) => span.charges,
  ),
  column(
    'charge_amounts',
    charges(money, (charge) => charge.amount),
    ({ span }) => span.charges,
  ),
  column(
    'charge_price_ids',
    charges(lowCardinality, (charge) => charge.priceId),
    ({ span }) => span.charges,
  ),
  column(
    'charge_sources',
    charges(lowCardinality, (charge) => charge.source),
    ({ span }) => span.charges,
  ),
  column('cost', nullable(money, 0n), ({ span }) => span.cost),
  column('price_status', lowCardinality, ({ span }) => span.priceStatus),
  column('unpriced_reason', lowCardinality, ({ span }) => span.unpricedReason ?? ''),
  column('reported_cost', nullable(money, 0n), ({ span }) => span.reportedCost ?? null),
  column('billable', bool, ({ span }) => span.billable),
  column('not_billable_reason', lowCardinality, ({ span }) => span.notBillableReason ?? ''),
  column('estimated', bool, ({ span }) => span.estimated),
  column('semantics_profile', lowCardinality, ({ span }) => span.semantics.profile),
  column('semantics_confidence', lowCardinality, ({ span }) => span.semantics.confidence),
  column('semantics_flags', texts, ({ span }) => span.semantics.flags),
  column('raw_usage', map(jsonScalar), ({ span }) => span.rawUsage),
  column('evidence', lowCardinality, ({ span }) => span.evidence),
  column('delta_calls', int8, ({ entry }) => entry.delta.calls),
  column('delta_unpriced_calls', int8, ({ entry }) => entry.delta.unpricedCalls),
  column('delta_requests', int8, ({ entry }) => entry.delta.requests),
  column('delta_errors', int8, ({ entry }) => entry.delta.errors),
  column('delta_cost', money, ({ entry }) => entry.delta.cost),
  column('delta_usage', quantities, ({ entry }) => entry.delta.usage),
  column('delta_cost_by_meter', map(money), ({ entry }) => amountsByMeter(entry.delta.charges)),
];

function amountsByMeter(charges: readonly Charge[]): Partial<Record<Meter, PicoUsd>> {
  const amounts: Partial<Record<Meter, PicoUsd>> = {};
  for (const { meter, amount } of charges) amounts[meter] = (amounts[meter] ?? 0n) + amount;
  return amounts;
}
