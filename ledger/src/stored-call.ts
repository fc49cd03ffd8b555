import { parseUsd, type Call, type Charge, type PicoUsd, type Usage } from '@tokenledger/model';

/**
 * The columns of `calls` that make up a `Call`, and back: the inverse of write/call-columns.ts. Read them as JSONEachRow with
 * `STORED_CALL_SETTINGS`: decimals as text, because a JSON number would be a float.
 */
export const STORED_CALL_SELECT = `trace_id, span_id, parent_span_id, name, toFloat64(ifNull(original_time_ms, toUnixTimestamp64Milli(time))) AS time_ms,
toFloat64(toUnixTimestamp64Milli(received_time)) AS received_ms, duration_ms, status, error_type, scope_name, scope_version,
service, environment, team, feature, customer, user, session, run, agent, tags, ttft_ms, provider, gateway, operation, request_model, model,
service_tier, region, response_id, prompt_name, prompt_version, prompt_fingerprint, prompt_template_fingerprint, finish_reasons, usage,
charge_meters, charge_quantities, charge_unit_prices, charge_amounts, charge_price_ids, charge_sources, cost, price_status, unpriced_reason,
reported_cost, billable, not_billable_reason, estimated, semantics_profile, semantics_confidence, semantics_flags, raw_usage, evidence`;

export const STORED_CALL_SETTINGS = { output_format_json_quote_decimals: 1 } as const;

export interface StoredCallRow {
  readonly trace_id: string;
  readonly span_id: string;
  readonly parent_span_id: string;
  readonly name: string;
  readonly time_ms: number;
  readonly received_ms: number;
  readonly duration_ms: string;
  readonly status: Call['status'];
  readonly error_type: string;
  readonly scope_name: string;
  readonly scope_version: string;
  readonly service: string;
  readonly environment: string;
  readonly team: string;
  readonly feature: string;
  readonly customer: string;
  readonly user: string;
  readonly session: string;
  readonly run: string;
  readonly agent: string;
  readonly tags: Readonly<Record<string, string>>;
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
  readonly raw_usage: Readonly<Record<string, string>>;
  readonly evidence: string;
}

export function toCall(row: StoredCallRow): Call {
  return {
    traceId: row.trace_id,
    spanId: row.span_id,
    parentSpanId: said(row.parent_span_id),
    name: row.name,
    timeMs: row.time_ms,
    receivedMs: row.received_ms,
    durationMs: Number(row.duration_ms),
    status: row.status,
    errorType: said(row.error_type),
    scope: row.scope_name || row.scope_version ? { name: row.scope_name, version: row.scope_version } : undefined,
    service: said(row.service),
    environment: said(row.environment),
    team: said(row.team),
    feature: said(row.feature),
    customer: said(row.customer),
    user: said(row.user),
    session: said(row.session),
    run: said(row.run),
    agent: said(row.agent),
    tags: Object.keys(row.tags).length > 0 ? row.tags : undefined,
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
    rawUsage: Object.fromEntries(Object.entries(row.raw_usage).map(([name, json]) => [name, JSON.parse(json) as number | string])),
    evidence: row.evidence,
  };
}

const said = (text: string) => (text === '' ? undefined : text);

function toUsage(quantities: StoredCallRow['usage']): Usage {
  return Object.fromEntries(Object.entries(quantities).map(([meter, quantity]) => [meter, Number(quantity)]));
}

function toCharges(row: StoredCallRow): readonly Charge[] {
  return row.charge_meters.map((meter, index) => ({
    meter,
    quantity: Number(row.charge_quantities[index]),
    unitPriceUsd: row.charge_unit_prices[index] ?? '',
    amount: toMoney(row.charge_amounts[index] ?? ''),
    priceId: row.charge_price_ids[index] ?? '',
    source: row.charge_sources[index] ?? '',
  }));
}

function toMoney(decimal: string): PicoUsd {
  const amount = parseUsd(decimal);
  if (amount === undefined) throw new TypeError(`ClickHouse answered ${JSON.stringify(decimal)} for a Decimal(38, 12)`);
  return amount;
}
