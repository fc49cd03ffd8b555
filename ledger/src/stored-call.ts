import { parseUsd, type Call, type Charge, type PicoUsd, type Usage } from '@tokenledger/model';
import { said, STORED_SPAN_SELECT, toSpan, type StoredSpanRow } from './stored-span.ts';

/**
 * The columns of `calls` that make up a `Call`, and back: the inverse of write/call-columns.ts. Read them as JSONEachRow with
 * `STORED_CALL_SETTINGS`: decimals as text, because a JSON number would be a float.
 */
export const CALL_SUMMARY_SELECT = `${STORED_SPAN_SELECT},
ttft_ms, provider, gateway, operation, request_model, model,
service_tier, region, response_id, prompt_name, prompt_version, prompt_fingerprint, prompt_template_fingerprint, finish_reasons, usage,
charge_meters, charge_quantities, charge_unit_prices, charge_amounts, charge_price_ids, charge_sources, cost, price_status, unpriced_reason,
reported_cost, billable, not_billable_reason, estimated, semantics_profile, semantics_confidence, semantics_flags`;

/** With what the call was judged from, which is longer than all the rest. */
export const STORED_CALL_SELECT = `${CALL_SUMMARY_SELECT}, raw_usage, evidence`;

export const STORED_CALL_SETTINGS = { output_format_json_quote_decimals: 1 } as const;

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
  readonly finish_reasons: readonly string[];
  readonly usage: Readonly<Record<string, string>>;
  readonly charge_meters: readonly Charge['meter'][];
  readonly charge_quantities: readonly string[];
  readonly charge_unit_prices: readonly string[];
  readonly charge_amounts: readonly string[];
  readonly charge_price_ids: readonly string[];
  readonly charge_sources: readonly string[];
  readonly cost: string | null;
  readonly price_status: Call['priceStatus'];
  readonly unpriced_reason: string;
  readonly reported_cost: string | null;
  readonly billable: boolean;
  readonly not_billable_reason: string;
  readonly estimated: boolean;
  readonly semantics_profile: string;
  readonly semantics_confidence: Call['semantics']['confidence'];
  readonly semantics_flags: readonly string[];
}

export interface StoredCallRow extends CallSummaryRow {
  readonly raw_usage: Readonly<Record<string, string>>;
  readonly evidence: string;
}

/** A call without what it was judged from, as lists show it. */
export type CallFacts = Omit<Call, 'rawUsage' | 'evidence'>;

export function toCall(row: StoredCallRow): Call {
  return { ...toCallFacts(row), rawUsage: toRawUsage(row.raw_usage), evidence: row.evidence };
}

export function toCallFacts(row: CallSummaryRow): CallFacts {
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
    finishReasons: row.finish_reasons.length > 0 ? row.finish_reasons : undefined,
    usage: toUsage(row.usage),
    charges: toCharges(row),
    cost: row.cost === null ? null : toMoney(row.cost),
    priceStatus: row.price_status,
    unpricedReason: said(row.unpriced_reason),
    reportedCost: row.reported_cost === null ? undefined : toMoney(row.reported_cost),
    billable: row.billable,
    notBillableReason: said(row.not_billable_reason),
    estimated: row.estimated,
    semantics: { profile: row.semantics_profile, confidence: row.semantics_confidence, flags: row.semantics_flags },
  };
}

/** Raw numbers are stored as JSON scalars, so that `5` and `"5"` stay apart. */
function toRawUsage(scalars: StoredCallRow['raw_usage']): Call['rawUsage'] {
  return Object.fromEntries(Object.entries(scalars).map(([name, json]) => [name, JSON.parse(json) as number | string]));
}

export function toUsage(quantities: CallSummaryRow['usage']): Usage {
  return Object.fromEntries(Object.entries(quantities).map(([meter, quantity]) => [meter, Number(quantity)]));
}

function toCharges(row: CallSummaryRow): readonly Charge[] {
  return row.charge_meters.map((meter, index) => ({
    meter,
    quantity: Number(row.charge_quantities[index]),
    unitPriceUsd: row.charge_unit_prices[index] ?? '',
    amount: toMoney(row.charge_amounts[index] ?? ''),
    priceId: row.charge_price_ids[index] ?? '',
    source: row.charge_sources[index] ?? '',
  }));
}

export function toMoney(decimal: string): PicoUsd {
  const amount = parseUsd(decimal);
  if (amount === undefined) throw new TypeError(`ClickHouse answered ${JSON.stringify(decimal)} for a Decimal(38, 12)`);
  return amount;
}
