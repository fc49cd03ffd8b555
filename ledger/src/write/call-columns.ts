import type { Call, Charge, LedgerEntry, Meter, PicoUsd, Usage } from '@tokenledger/model';
import { METERS_OF_CHARGES, METERS_OF_USAGE, NAMES, PRICE_LINES, TEXTS, writeScalars } from '../call-shapes.ts';
import { column, type Column } from './native-block.ts';
import {
  array,
  bool,
  decimal128,
  decimal128OfNumber,
  decimal64OfNumber,
  int8,
  lowCardinality,
  map,
  NotStorable,
  nullable,
  shape,
  text,
  textOf,
  uint32,
  values,
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
const money = decimal128(12);
const quantity = decimal128OfNumber(6);

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
  column('finish_reasons', shape(TEXTS), ({ span }) => span.finishReasons ?? NOTHING),
  column('usage_meters', shape(METERS_OF_USAGE), ({ span }) => span.usage),
  column('usage_quantities', values(quantity), ({ span }) => span.usage),
  column('charge_meters', shape(METERS_OF_CHARGES), ({ span }) => span.charges),
  column('charge_prices', shape(PRICE_LINES), ({ span }) => span.charges),
  column('charge_quantities', textOf(statedQuantities), ({ span }) => span),
  column(
    'charge_amounts',
    array(money, ({ amount }: Charge) => amount),
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
  column('semantics_flags', shape(TEXTS), ({ span }) => span.semantics.flags),
  column('raw_usage_names', shape(NAMES), ({ span }) => span.rawUsage),
  column('raw_usage_values', textOf(writeScalars), ({ span }) => span.rawUsage),
  column('evidence', lowCardinality, ({ span }) => span.evidence),
  column('delta_calls', int8, ({ entry }) => entry.delta.calls),
  column('delta_unpriced_calls', int8, ({ entry }) => entry.delta.unpricedCalls),
  column('delta_requests', int8, ({ entry }) => entry.delta.requests),
  column('delta_errors', int8, ({ entry }) => entry.delta.errors),
  column('delta_cost', money, ({ entry }) => entry.delta.cost),
  column('delta_usage_times', int8, ({ entry }) => usageTimes(entry)),
  column('delta_cost_times', int8, ({ entry }) => chargesTimes(entry)),
  column('changed_usage', map(quantity), ({ entry }) => (usageTimes(entry) === 0 ? entry.delta.usage : NO_ENTRIES)),
  column('changed_cost_by_meter', map(money), ({ entry }) =>
    chargesTimes(entry) === 0 ? amountsByMeter(entry.delta.charges) : NO_ENTRIES,
  ),
];

const NO_ENTRIES = {};

/** Quantities of the charges, where they are not those of the call's usage. */
function statedQuantities({ usage, charges }: Call): string {
  if (charges.every((charge) => usage[charge.meter] === charge.quantity)) return '';
  return charges.map((charge) => storable(charge.quantity)).join();
}

function storable(quantity: number): number {
  if (Math.abs(quantity) <= Number.MAX_SAFE_INTEGER) return quantity;
  throw new NotStorable(`${quantity} is beyond 2^53-1`);
}

/** How often the entry counts the whole usage of its call: once, or -1 where it takes it back; 0 where it counts something else. */
function usageTimes({ call, delta }: LedgerEntry): number {
  if (delta.usage === call.usage) return 1;
  return [1, -1].find((times) => isTimes(times, delta.usage, call.usage)) ?? 0;
}

/** Quantities of a call that are nearly none differ less than is stored of them. */
function isTimes(times: number, delta: Usage, usage: Usage): boolean {
  const meters = Object.keys(delta) as Meter[];
  return meters.length === Object.keys(usage).length && meters.every((meter) => delta[meter] === times * (usage[meter] ?? Number.NaN));
}

/** The same of what it costs. A map has each meter once: charges that name one twice are added up. */
function chargesTimes({ call, delta }: LedgerEntry): number {
  if (delta.charges === call.charges && !namesTwice(call.charges)) return 1;
  if (delta.charges.length !== call.charges.length || namesTwice(call.charges)) return 0;
  return [1, -1].find((times) => delta.charges.every((charge, at) => isTimesOf(BigInt(times), charge, call.charges[at]))) ?? 0;
}

const isTimesOf = (times: bigint, { meter, amount }: Charge, of: Charge | undefined) => meter === of?.meter && amount === times * of.amount;

function namesTwice(charges: readonly Charge[]): boolean {
  for (let at = 1; at < charges.length; at++)
    for (let before = 0; before < at; before++) if (charges[at]?.meter === charges[before]?.meter) return true;
  return false;
}

function amountsByMeter(charges: readonly Charge[]): Partial<Record<Meter, PicoUsd>> {
  const amounts: Partial<Record<Meter, PicoUsd>> = {};
  for (const { meter, amount } of charges) amounts[meter] = (amounts[meter] ?? 0n) + amount;
  return amounts;
}
