import { formatUsd, type Call, type Charge, type Meter, type PicoUsd } from '@tokenledger/model';
import type { ByteWriter } from './write/byte-writer.ts';

/**
 * How `calls` keeps lists of a call: what the calls of a model have in common is one text (which meters, at which prices), only numbers are each
 * call's own. Each text here and back. An empty text is an empty list. Of each text a sample is compared with the next call, so that one which
 * looks as others do costs a comparison and no text.
 */

type Entries = Readonly<Record<string, unknown>>;

export function namesOf(entries: Entries): readonly string[] {
  const names: string[] = [];
  for (const name in entries) if (entries[name] !== undefined) names.push(name);
  return names;
}

export function haveNames(names: readonly string[], entries: Entries): boolean {
  let at = 0;
  for (const name in entries) if (entries[name] !== undefined && names[at++] !== name) return false;
  return at === names.length;
}

/** Names of meters need no quotes: SQL splits them at commas. */
export const writeMeters = (meters: readonly string[]): string => meters.join(',');
export const readMeters = (text: string): readonly Meter[] => (text === '' ? [] : (text.split(',') as Meter[]));

export const writeTexts = (list: readonly unknown[]): string => (list.length === 0 ? '' : JSON.stringify(list));
/** Of a list that `writeTexts` wrote. */
const readList = (json: string): readonly unknown[] => (json === '' ? [] : (JSON.parse(json) as unknown[]));
export const readTexts = (json: string) => readList(json) as readonly string[];

export function areSameTexts(texts: readonly string[], others: readonly string[]): boolean {
  if (texts === others) return true;
  if (texts.length !== others.length) return false;
  for (let at = 0; at < texts.length; at++) if (texts[at] !== others[at]) return false;
  return true;
}

/** What charges have in common: all but quantity and amount. */
export interface ChargeLine extends Pick<Charge, 'meter' | 'priceId' | 'source'> {
  /** Null where it is the amount, of one whole call as its provider reported it. */
  readonly unitPriceUsd: string | null;
  /** Its quantity is that of the call's usage. */
  readonly isOfUsage: boolean;
}

type Charged = Pick<Call, 'usage' | 'charges'>;

const isItsAmount = ({ quantity, unitPriceUsd, amount }: Charge) => quantity === 1 && unitPriceUsd === formatUsd(amount);

export const chargeLinesOf = ({ usage, charges }: Charged): readonly ChargeLine[] =>
  charges.map((charge) => ({
    meter: charge.meter,
    unitPriceUsd: isItsAmount(charge) ? null : charge.unitPriceUsd,
    priceId: charge.priceId,
    source: charge.source,
    isOfUsage: usage[charge.meter] === charge.quantity,
  }));

/** True when `chargeLinesOf` the call would be written alike. */
export function haveChargeLines(lines: readonly ChargeLine[], { usage, charges }: Charged): boolean {
  if (lines.length !== charges.length) return false;
  for (let at = 0; at < charges.length; at++) {
    const charge = charges[at] as Charge;
    const line = lines[at] as ChargeLine;
    if (line.meter !== charge.meter || line.priceId !== charge.priceId || line.source !== charge.source) return false;
    if (line.unitPriceUsd === null ? !isItsAmount(charge) : line.unitPriceUsd !== charge.unitPriceUsd) return false;
    if (line.isOfUsage !== (usage[charge.meter] === charge.quantity)) return false;
  }
  return true;
}

export const writeMetersOf = (lines: readonly ChargeLine[]): string => writeMeters(lines.map(({ meter }) => meter));

/** USD per unit, rate card entry and source. */
type PriceLine = readonly [unitPriceUsd: string | null, priceId: string, source: string];

export const writePrices = (lines: readonly ChargeLine[]): string =>
  writeTexts(lines.map(({ unitPriceUsd, priceId, source }): PriceLine => [unitPriceUsd, priceId, source]));

interface StoredCharges {
  readonly meters: string;
  readonly prices: string;
  readonly amounts: readonly PicoUsd[];
  readonly quantityOf: (meter: Meter, at: number) => number;
}

export function readCharges({ meters, prices, amounts, quantityOf }: StoredCharges): readonly Charge[] {
  const lines = readList(prices) as readonly PriceLine[];
  return readMeters(meters).map((meter, at) => {
    const amount = amounts[at] ?? 0n;
    const [unitPriceUsd = '', priceId = '', source = ''] = lines[at] ?? [];
    return { meter, quantity: quantityOf(meter, at), unitPriceUsd: unitPriceUsd ?? formatUsd(amount), amount, priceId, source };
  });
}

const COMMA = 44;

/** Numbers as sent: `5` and `"5"` stay apart; a number that JSON cannot write becomes a text. */
export function writeScalars(out: ByteWriter, scalars: Readonly<Record<string, number | string>>): void {
  let isFirst = true;
  for (const name in scalars) {
    const value = scalars[name];
    if (value === undefined) continue;
    if (!isFirst) out.uint8(COMMA);
    isFirst = false;
    writeScalar(out, value);
  }
}

function writeScalar(out: ByteWriter, value: number | string): void {
  if (typeof value === 'string') out.piece(JSON.stringify(value));
  else if (value >= 0 && Number.isSafeInteger(value)) out.digits(value);
  else out.piece(Number.isFinite(value) ? `${value}` : `"${value}"`);
}

export function readScalars(names: string, scalars: string): Readonly<Record<string, number | string>> {
  const values = JSON.parse(`[${scalars}]`) as (number | string)[];
  return Object.fromEntries(readTexts(names).map((name, at) => [name, values[at] ?? '']));
}
