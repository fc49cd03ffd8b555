import type { Call, EntryReason, LedgerEntry } from '@tokenledger/model';
import {
  CALL_SUMMARY_SELECT,
  STORED_CALL_SELECT,
  toCall,
  toCallFacts,
  toMoney,
  toUsage,
  type CallFacts,
  type CallSummaryRow,
  type StoredCallRow,
} from '../stored-call.ts';

/** What a row says beside the call: the time the ledger files it under, which entry it is, and what it adds to every sum. */
const ENTRY = `toUnixTimestamp64Milli(time) AS filed_ms, version, reason, toUnixTimestamp64Milli(recorded_at) AS recorded_ms,
delta_calls, delta_unpriced_calls, delta_requests, delta_errors, delta_cost, delta_usage`;

export const ENTRY_SUMMARY_SELECT = `${CALL_SUMMARY_SELECT}, ${ENTRY}`;

/** What a table of calls does not show, and what stands for it: rows that lie far apart cost as much as the columns that are read of them. */
const NOT_IN_BRIEF: Readonly<Record<string, string>> = {
  parent_span_id: 'toUInt64(0)',
  name: "''",
  scope_name: "''",
  scope_version: "''",
  tags: 'map()',
  response_id: "''",
  finish_reasons: "''",
  charge_meters: "''",
  charge_prices: "''",
  charge_quantities: "''",
  charge_amounts: '[]',
  reported_cost: 'NULL',
  not_billable_reason: "''",
  semantics_profile: "''",
  semantics_confidence: "''",
  semantics_flags: "''",
  reason: "''",
  delta_calls: '0',
  delta_unpriced_calls: '0',
  delta_requests: '0',
  delta_errors: '0',
  delta_usage: 'map()',
};
export const ENTRY_BRIEF_SELECT = ENTRY_SUMMARY_SELECT.replaceAll(/(?<=^|,\s)\w+(?=,|$)/g, (column) =>
  column in NOT_IN_BRIEF ? `${NOT_IN_BRIEF[column] ?? ''} AS ${column}` : column,
).replace(/toUnixTimestamp64Milli\(recorded_at\)/, '0');
export const ENTRY_SELECT = `${STORED_CALL_SELECT}, ${ENTRY}`;

interface EntryFacts {
  /** Unlike `time_ms` never a time that cannot be true. */
  readonly filed_ms: string;
  readonly version: number;
  readonly reason: EntryReason;
  readonly recorded_ms: string;
  readonly delta_calls: number;
  readonly delta_unpriced_calls: number;
  readonly delta_requests: number;
  readonly delta_errors: number;
  readonly delta_cost: string;
  readonly delta_usage: Readonly<Record<string, string>>;
}

export type EntrySummaryRow = CallSummaryRow & EntryFacts;
export type EntryRow = StoredCallRow & EntryFacts;
export type AtLeastOne<Row> = readonly [Row, ...Row[]];

/** What the ledger adds to a call: `timeMs` is the time it is filed under, `originalTimeMs` the one sent, where they differ. */
interface Filed {
  readonly version: number;
  readonly originalTimeMs?: number | undefined;
}

/** A call as lists show it. `cost` is the sum of its entries: what it adds to every total; `null` when it is unpriced. */
export type CallSummary = CallFacts & Filed;

/** One line of the ledger about a call. */
export interface StoredEntry {
  readonly version: number;
  readonly reason: EntryReason;
  readonly recordedMs: number;
  readonly priceStatus: Call['priceStatus'];
  readonly billable: boolean;
  readonly delta: Omit<LedgerEntry['delta'], 'charges'>;
}

/** A call with everything it was judged from, and every entry that was made about it, oldest first. */
export interface CallDetail {
  readonly call: Call & Filed;
  readonly entries: readonly StoredEntry[];
}

export function toCallSummary(entries: AtLeastOne<EntrySummaryRow>): CallSummary {
  const latest = latestOf(entries);
  return { ...toCallFacts(latest), ...filedAs(latest, entries) };
}

export function toCallDetail(entries: AtLeastOne<EntryRow>): CallDetail {
  const latest = latestOf(entries);
  return {
    call: { ...toCall(latest), ...filedAs(latest, entries) },
    entries: entries.toSorted((a, b) => a.version - b.version).map(toStoredEntry),
  };
}

function latestOf<Row extends EntryFacts>(entries: AtLeastOne<Row>): Row {
  return entries.reduce((best, row) => (row.version >= best.version ? row : best));
}

function filedAs(latest: EntrySummaryRow, entries: readonly EntrySummaryRow[]) {
  const timeMs = Number(latest.filed_ms);
  const added = entries.reduce((sum, row) => sum + toMoney(row.delta_cost), 0n);
  return {
    timeMs,
    originalTimeMs: latest.time_ms === timeMs ? undefined : latest.time_ms,
    cost: latest.cost === null ? null : added,
    version: latest.version,
  };
}

function toStoredEntry(row: EntryRow): StoredEntry {
  return {
    version: row.version,
    reason: row.reason,
    recordedMs: Number(row.recorded_ms),
    priceStatus: row.price_status,
    billable: row.billable,
    delta: {
      calls: row.delta_calls,
      unpricedCalls: row.delta_unpriced_calls,
      requests: row.delta_requests,
      errors: row.delta_errors,
      cost: toMoney(row.delta_cost),
      usage: toUsage(row.delta_usage),
    },
  };
}

/** Entries of many calls → one list per call. */
export function groupByCall<Row extends EntrySummaryRow>(rows: readonly Row[]): ReadonlyMap<string, AtLeastOne<Row>> {
  const groups = new Map<string, [Row, ...Row[]]>();
  for (const row of rows) {
    const key = callKey(row.trace_id, row.span_id);
    const group = groups.get(key);
    if (group) group.push(row);
    else groups.set(key, [row]);
  }
  return groups;
}

export const callKey = (traceId: string, spanId: string) => `${traceId} ${spanId}`;
