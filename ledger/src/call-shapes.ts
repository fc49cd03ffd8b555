import { formatUsd, type Charge, type Meter, type PicoUsd } from '@tokenledger/model';
import type { Shape } from './write/shape-column.ts';

/**
 * How `calls` keeps lists of a call: what the calls of a model have in common is one text (which meters, at which prices), only numbers are each
 * call's own. Each text here and back. An empty text is an empty list.
 */

type Entries = Readonly<Record<string, unknown>>;

function namesOf(entries: Entries): readonly string[] {
  const names: string[] = [];
  for (const name in entries) if (entries[name] !== undefined) names.push(name);
  return names;
}

function haveNames(names: readonly string[], entries: Entries): boolean {
  let at = 0;
  for (const name in entries) if (entries[name] !== undefined && names[at++] !== name) return false;
  return at === names.length;
}

const joined = (names: readonly string[]) => names.join(',');
export const readMeters = (text: string): readonly Meter[] => (text === '' ? [] : (text.split(',') as Meter[]));

/** Names of meters need no quotes: SQL splits them at commas. */
export const METERS_OF_USAGE: Shape<Entries, readonly string[]> = { sampleOf: namesOf, fits: haveNames, textOf: joined };

export const METERS_OF_CHARGES: Shape<readonly Charge[], readonly Meter[]> = {
  sampleOf: (charges) => charges.map(({ meter }) => meter),
  fits: (meters, charges) => meters.length === charges.length && charges.every(({ meter }, at) => meter === meters[at]),
  textOf: joined,
};

const toJson = (list: readonly unknown[]) => (list.length === 0 ? '' : JSON.stringify(list));
/** Of a list that `toJson` wrote. */
const readList = (json: string): readonly unknown[] => (json === '' ? [] : (JSON.parse(json) as unknown[]));
export const readTexts = (json: string) => readList(json) as readonly string[];

export const NAMES: Shape<Entries, readonly string[]> = { sampleOf: namesOf, fits: haveNames, textOf: toJson };

export const TEXTS: Shape<readonly string[], readonly string[]> = {
  sampleOf: (texts) => texts,
  fits: (sample, texts) => sample.length === texts.length && texts.every((text, at) => text === sample[at]),
  textOf: toJson,
};

/** USD per unit, rate card entry and source. No unit price: it is the amount, of one whole call as its provider reported it. */
type PriceLine = readonly [unitPriceUsd: string | null, priceId: string, source: string];

const isItsAmount = ({ quantity, unitPriceUsd, amount }: Charge) => quantity === 1 && unitPriceUsd === formatUsd(amount);

export const PRICE_LINES: Shape<readonly Charge[], readonly PriceLine[]> = {
  sampleOf: (charges) => charges.map((charge) => [isItsAmount(charge) ? null : charge.unitPriceUsd, charge.priceId, charge.source]),
  fits: (lines, charges) => lines.length === charges.length && charges.every((charge, at) => isAtPrice(charge, lines[at])),
  textOf: toJson,
};

function isAtPrice(charge: Charge, line: PriceLine | undefined): boolean {
  if (line === undefined || line[1] !== charge.priceId || line[2] !== charge.source) return false;
  return line[0] === null ? isItsAmount(charge) : line[0] === charge.unitPriceUsd;
}

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

/** Numbers as sent: `5` and `"5"` stay apart; a number that JSON cannot write becomes a text. */
export function writeScalars(scalars: Readonly<Record<string, number | string>>): string {
  let list = '';
  for (const name in scalars) {
    const value = scalars[name];
    if (value !== undefined) list += (list === '' ? '' : ',') + writeScalar(value);
  }
  return list;
}

function writeScalar(value: number | string): string {
  if (typeof value === 'number') return Number.isFinite(value) ? `${value}` : `"${value}"`;
  return JSON.stringify(value);
}

export function readScalars(names: string, scalars: string): Readonly<Record<string, number | string>> {
  const values = JSON.parse(`[${scalars}]`) as (number | string)[];
  return Object.fromEntries(readTexts(names).map((name, at) => [name, values[at] ?? '']));
}
