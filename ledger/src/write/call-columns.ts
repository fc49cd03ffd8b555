import type { Charge, LedgerEntry, Meter, PicoUsd } from '@tokenledger/model';
import { writeScalars } from '../call-shapes.ts';
import type { ByteWriter } from './byte-writer.ts';
import { CALL_FACES, type CallFace, type CallRow } from './call-face.ts';
import { column, type Columns } from './native-block.ts';
import {
  array,
  decimal128,
  decimal128OfNumber,
  decimal64OfNumber,
  map,
  NotStorable,
  nullable,
  text,
  textOf,
  uint32,
  values,
} from './native-type.ts';
import { type Insert, SPAN_COLUMNS } from './span-columns.ts';

export function toCallRow(entry: LedgerEntry, insert: Insert): CallRow {
  const { tenant, call } = entry;
  return { tenant, span: call, receivedMs: call.receivedMs ?? insert.recordedMs, insert, entry, face: undefined };
}

const money = decimal128(12);
const quantity = decimal128OfNumber(6);

export const CALL_COLUMNS: Columns<CallRow, CallFace> = {
  own: [
    ...SPAN_COLUMNS,
    column('version', uint32, ({ entry }) => entry.version),
    column('ttft_ms', nullable(decimal64OfNumber(3), 0), ({ span }) => span.ttftMs ?? null),
    column('response_id', text, ({ span }) => span.responseId ?? ''),
    column('prompt_fingerprint', text, ({ span }) => span.promptFingerprint ?? ''),
    column('usage_quantities', values(quantity), ({ span }) => span.usage),
    column('charge_quantities', textOf(writeStatedQuantities), (row) => row),
    column(
      'charge_amounts',
      array(money, ({ amount }: Charge) => amount),
      ({ span }) => span.charges,
    ),
    column('cost', nullable(money, 0n), ({ span }) => span.cost),
    column('reported_cost', nullable(money, 0n), ({ span }) => span.reportedCost ?? null),
    column('raw_usage_values', textOf(writeScalars), ({ span }) => span.rawUsage),
    column('delta_cost', money, ({ entry }) => entry.delta.cost),
    column('changed_usage', map(quantity), ({ entry, face }) => (face?.usageTimes === 0 ? entry.delta.usage : NO_ENTRIES)),
    column('changed_cost_by_meter', map(money), ({ entry, face }) =>
      face?.costTimes === 0 ? amountsByMeter(entry.delta.charges) : NO_ENTRIES,
    ),
  ],
  faces: CALL_FACES,
};

const NO_ENTRIES = {};

/** Quantities of the charges, where they are not those of the call's usage. */
function writeStatedQuantities(out: ByteWriter, { span, face }: CallRow): void {
  if (face?.chargeLines.every(({ isOfUsage }) => isOfUsage)) return;
  out.piece(span.charges.map((charge) => storable(charge.quantity)).join());
}

function storable(quantity: number): number {
  if (Math.abs(quantity) <= Number.MAX_SAFE_INTEGER) return quantity;
  throw new NotStorable(`${quantity} is beyond 2^53-1`);
}

function amountsByMeter(charges: readonly Charge[]): Partial<Record<Meter, PicoUsd>> {
  const amounts: Partial<Record<Meter, PicoUsd>> = {};
  for (const { meter, amount } of charges) amounts[meter] = (amounts[meter] ?? 0n) + amount;
  return amounts;
}
