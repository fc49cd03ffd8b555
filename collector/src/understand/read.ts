import { isMeter, type Meter, meterFacts, TOKENLEDGER_ATTRIBUTES } from '@tokenledger/model';
import type { AttributeValue, Attributes } from '../decode/otlp.ts';
import { ATTRIBUTION_FACTS, TAG_PREFIXES } from './attribution.ts';
import type { Dialect } from './dialect.ts';
import { COUNT_FIELDS, type CountField, type Counts, FACT_FIELDS, type FactField, type Facts } from './reading.ts';

/** What was read off one span's attributes: numbers, words, and the numbers as they were sent. */
export interface Reading {
  readonly counts: Counts;
  hasCounts: boolean;
  readonly facts: Facts;
  /** `tokenledger.usage.<meter>`: buckets that are disjoint by definition. */
  readonly meters: Partial<Record<Meter, number>> | undefined;
  readonly tags: Record<string, string> | undefined;
  readonly raw: Record<string, number | string>;
  readonly origins: Partial<Record<CountField, string>>;
  readonly flags: readonly string[];
}

export type Slot =
  | { readonly kind: 'count'; readonly field: CountField; readonly rank: number }
  | { readonly kind: 'fact'; readonly field: FactField; readonly rank: number }
  | { readonly kind: 'meter'; readonly meter: Meter }
  | { readonly kind: 'tag'; readonly name: string };

/** An attribute may tell several fields: one name stands for the asked and the answering model. */
export type SlotTable = Map<string, readonly Slot[]>;

const NO_SLOTS: readonly Slot[] = [];

/** Keys that no table knows are remembered as such, up to this many: a sender's inventions must not fill the memory. */
const MOST_KEYS = 4096;
export const MOST_TAGS = 32;
const LONGEST_TEXT = 1024;

/** The synonym tables of a dialect, turned round: attribute name → field and its place in the order of preference. */
export function compileSlots(dialect: Pick<Dialect, 'counts' | 'facts'>): SlotTable {
  const table: SlotTable = new Map();
  const add = (name: string, slot: Slot) => table.set(name, [...(table.get(name) ?? []), slot]);
  for (const field of FACT_FIELDS) {
    const names = new Set([...(dialect.facts[field] ?? []), ...(ATTRIBUTION_FACTS[field] ?? [])]);
    [...names].forEach((name, rank) => add(name, { kind: 'fact', field, rank }));
  }
  for (const field of COUNT_FIELDS) dialect.counts[field]?.forEach((name, rank) => add(name, { kind: 'count', field, rank }));
  return table;
}

/** Objects with the same fields in the same order are what the engine reads fastest; an unread field is undefined. */
const NO_COUNTS = Object.fromEntries(COUNT_FIELDS.map((field) => [field, undefined])) as Counts;
const NO_FACTS = Object.fromEntries(FACT_FIELDS.map((field) => [field, undefined])) as Facts;

/** One pass over the attributes; for each field the most preferred name that is there counts. */
export function readAttributes(attributes: Attributes, table: SlotTable): Reading {
  const reading: Draft = {
    counts: { ...NO_COUNTS },
    hasCounts: false,
    facts: { ...NO_FACTS },
    meters: undefined,
    tags: undefined,
    raw: {},
    origins: {},
    flags: [],
    ranks: {},
  };
  for (const [key, value] of attributes) {
    if (value === null) continue;
    for (const slot of slotsOf(key, table)) readSlot(key, value, slot, reading);
  }
  return reading;
}

type Draft = { -readonly [Key in keyof Reading]: Reading[Key] } & {
  readonly ranks: Partial<Record<CountField | FactField, number>>;
  flags: string[];
};

function readSlot(key: string, value: AttributeValue, slot: Slot, reading: Draft): void {
  switch (slot.kind) {
    case 'count': {
      const count = readCount(key, value, isFractional(slot.field), reading);
      if (count === undefined || !isPreferred(slot, reading)) return;
      reading.counts[slot.field] = count;
      reading.origins[slot.field] = key;
      reading.hasCounts = true;
      return;
    }
    case 'fact':
      if (value !== '' && isPreferred(slot, reading)) reading.facts[slot.field] = value;
      return;
    case 'meter': {
      const count = readCount(key, value, meterFacts(slot.meter).unit === 'second', reading);
      if (count === undefined) return;
      reading.meters ??= {};
      reading.meters[slot.meter] = count;
      reading.hasCounts = true;
      return;
    }
    case 'tag':
      reading.tags ??= Object.create(null) as Record<string, string>;
      if (Object.keys(reading.tags).length < MOST_TAGS) reading.tags[slot.name] = toText(value) ?? '';
      return;
  }
}

function isPreferred({ field, rank }: { readonly field: CountField | FactField; readonly rank: number }, { ranks }: Draft): boolean {
  const known = ranks[field];
  if (known !== undefined && rank >= known) return false;
  ranks[field] = rank;
  return true;
}

/** The number as sent is kept whatever it is; what is no count is flagged and goes no further. */
function readCount(key: string, value: AttributeValue, mayBeFraction: boolean, reading: Draft): number | undefined {
  const count = toCount(value, mayBeFraction);
  reading.raw[key] = rawNumber(value);
  if (count === undefined) reading.flags.push(`not_a_count:${key}`);
  return count;
}

export function slotsOf(key: string, table: SlotTable): readonly Slot[] {
  const known = table.get(key);
  if (known !== undefined) return known;
  const slot = slotByPrefix(key);
  const slots = slot ? [slot] : NO_SLOTS;
  if (table.size < MOST_KEYS) table.set(key, slots);
  return slots;
}

function slotByPrefix(key: string): Slot | undefined {
  if (key.startsWith(TOKENLEDGER_ATTRIBUTES.usagePrefix)) {
    const meter = key.slice(TOKENLEDGER_ATTRIBUTES.usagePrefix.length);
    return isMeter(meter) ? { kind: 'meter', meter } : undefined;
  }
  const prefix = TAG_PREFIXES.find((candidate) => key.startsWith(candidate));
  return prefix === undefined ? undefined : { kind: 'tag', name: key.slice(prefix.length, prefix.length + 64) };
}

const FRACTIONAL: ReadonlySet<CountField> = new Set(['audioSeconds', 'videoSeconds', 'gpuSeconds']);

export const isFractional = (field: CountField): boolean => FRACTIONAL.has(field);

/** More than all models of the world make in a day: a broken counter, not a request. */
const LARGEST_COUNT = 1e12;

/**
 * A quantity: a whole number ≥ 0, or a fraction with six digits where the unit has any. Digits as text are accepted, since some exporters
 * write numbers as text.
 */
export function toCount(value: AttributeValue | undefined, mayBeFraction = false): number | undefined {
  const number = typeof value === 'string' && /^\d{1,13}(?:\.\d{1,9})?$/.test(value) ? Number(value) : value;
  if (typeof number !== 'number' || !(number >= 0 && number <= LARGEST_COUNT)) return undefined;
  if (mayBeFraction) return Math.round(number * 1e6) / 1e6;
  return Number.isInteger(number) ? number : undefined;
}

export function toText(value: AttributeValue | undefined): string | undefined {
  if (typeof value === 'string') return value === '' ? undefined : value.length > LONGEST_TEXT ? value.slice(0, LONGEST_TEXT) : value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return undefined;
}

export function toTexts(value: AttributeValue | undefined): readonly string[] | undefined {
  if (value === undefined) return undefined;
  const list = Array.isArray(value) ? (value as readonly AttributeValue[]) : [value];
  const [only] = list;
  if (list.length === 1 && typeof only === 'string' && only !== '') return alone(only.slice(0, LONGEST_TEXT));
  const texts = list.flatMap((entry) => toText(entry ?? undefined) ?? []);
  return texts.length === 0 ? undefined : texts.slice(0, 16);
}

/** Nearly every answer ends for one reason, and reasons are few: calls share the list of it. */
const lists = new Map<string, readonly string[]>();
const MOST_LISTS = 256;

function alone(text: string): readonly string[] {
  const known = lists.get(text);
  if (known) return known;
  const list: readonly string[] = Object.freeze([text]);
  if (lists.size >= MOST_LISTS) lists.clear();
  lists.set(text, list);
  return list;
}

/** JSON has no NaN and no infinities: they are kept as text. */
export function rawNumber(value: AttributeValue): number | string {
  return typeof value === 'number' && Number.isFinite(value) ? value : (toText(value) ?? '');
}
