import { parseUsd, type Call, type Charge, type PicoUsd, type Usage } from '@tokenledger/model';
import { readCharges, readScalars, readTexts } from './call-shapes.ts';
import { USAGE_OF_CALL } from './migrations/worked-out.ts';
import { said, STORED_SPAN_SELECT, toSpan, type StoredSpanRow } from './stored-span.ts';

/**
 * The columns of `calls` that make up a `Call`, and back: the inverse of write/call-columns.ts. Read them as JSONEachRow with
 * `STORED_CALL_SETTINGS`: decimals and ids of spans as text, because a JSON number would be a float.
 */
export const CALL_SUMMARY_SELECT = `${STORED_SPAN_SELECT},
ttft_ms, provider, gateway, operation, request_model, model,
service_tier, region, response_id, prompt_name, prompt_version, prompt_fingerprint, prompt_template_fingerprint, finish_reasons, ${USAGE_OF_CALL} AS usage,
charge_meters, charge_prices, charge_quantities, charge_amounts, cost, price_status, unpriced_reason,
reported_cost, billable, not_billable_reason, estimated, semantics_profile, semantics_confidence, semantics_flags`;

/** With what the call was judged from, which is longer than all the rest. */
export const STORED_CALL_SELECT = `${CALL_SUMMARY_SELECT}, raw_usage_names, raw_usage_values, evidence`;

export const STORED_CALL_SETTINGS = { output_format_json_quote_decimals: 1, output_format_json_quote_64bit_integers: 1 } as const;

export interface CallSummaryRow extends StoredSpanRow {
  readonly ttft_ms: string | null;
  readonly provider: string;
  readonly gateway: string;
  readonly operation: string;
  readonly request_model: string;
  readonly model: string;
  readonly service_tier: string;
  readonly region: string;
  readonly response_id: string;
  readonly prompt_name: string;
  readonly prompt_version: string;
  readonly prompt_fingerprint: string;
  readonly prompt_template_fingerprint: string;
  readonly finish_reasons: string;
  readonly usage: Readonly<Record<string, string>>;
  readonly charge_meters: string;
  readonly charge_prices: string;
  readonly charge_quantities: string;
  readonly charge_amounts: readonly string[];
  readonly cost: string | null;
  readonly price_status: Call['priceStatus'];
  readonly unpriced_reason: string;
  readonly reported_cost: string | null;
  readonly billable: boolean;
  readonly not_billable_reason: string;
  readonly estimated: boolean;
  readonly semantics_profile: string;
  readonly semantics_confidence: Call['semantics']['confidence'];
  readonly semantics_flags: string;
}

export interface StoredCallRow extends CallSummaryRow {
  readonly raw_usage_names: string;
  readonly raw_usage_values: string;
  readonly evidence: string;
}

/** A call without what it was judged from, as lists show it. */
export type CallFacts = Omit<Call, 'rawUsage' | 'evidence'>;

export function toCall(row: StoredCallRow): Call {
  return { ...toCallFacts(row), rawUsage: readScalars(row.raw_usage_names, row.raw_usage_values), evidence: row.evidence };
}

export function toCallFacts(row: CallSummaryRow): CallFacts {
  const usage = toUsage(row.usage);
  return {
    ...toSpan(row),
    ttftMs: row.ttft_ms === null ? undefined : Number(row.ttft_ms),
    provider: row.provider,
    gateway: said(row.gateway),
    operation: row.operation,
    requestModel: said(row.request_model),
    model: row.model,
    serviceTier: said(row.service_tier),
    region: said(row.region),
    responseId: said(row.response_id),
    promptName: said(row.prompt_name),
    promptVersion: said(row.prompt_version),
    promptFingerprint: said(row.prompt_fingerprint),
    promptTemplateFingerprint: said(row.prompt_template_fingerprint),
    finishReasons: row.finish_reasons === '' ? undefined : readTexts(row.finish_reasons),
    usage,
    charges: toCharges(row, usage),
    cost: row.cost === null ? null : toMoney(row.cost),
    priceStatus: row.price_status,
    unpricedReason: said(row.unpriced_reason),
    reportedCost: row.reported_cost === null ? undefined : toMoney(row.reported_cost),
    billable: row.billable,
    notBillableReason: said(row.not_billable_reason),
    estimated: row.estimated,
    semantics: { profile: row.semantics_profile, confidence: row.semantics_confidence, flags: readTexts(row.semantics_flags) },
  };
}

export function toUsage(quantities: CallSummaryRow['usage']): Usage {
  return Object.fromEntries(Object.entries(quantities).map(([meter, quantity]) => [meter, Number(quantity)]));
}

function toCharges(row: CallSummaryRow, usage: Usage): readonly Charge[] {
  const stated = row.charge_quantities === '' ? undefined : row.charge_quantities.split(',').map(Number);
  return readCharges({
    meters: row.charge_meters,
    prices: row.charge_prices,
    amounts: row.charge_amounts.map(toMoney),
    quantityOf: (meter, at) => (stated ? stated[at] : usage[meter]) ?? 0,
  });
}

export function toMoney(decimal: string): PicoUsd {
  const amount = parseUsd(decimal);
  if (amount === undefined) throw new TypeError(`ClickHouse answered ${JSON.stringify(decimal)} for a Decimal(38, 12)`);
  return amount;
}
