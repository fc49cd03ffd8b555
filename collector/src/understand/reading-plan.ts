import { type Meter, meterFacts } from '@tokenledger/model';
import type { Attributes, AttributeValue } from '../decode/otlp.ts';
import { isFractional, MOST_TAGS, rawNumber, type Reading, type SlotTable, slotsOf, toCount, toText } from './read.ts';
import { type CountField, type Counts, COUNT_FIELDS, type FactField } from './reading.ts';

/** What differs from span to span of one emitter. What else a span says is the same as long as its attributes are. */
const CHANGING: ReadonlySet<FactField> = new Set<FactField>([
  'responseId',
  'finishReasons',
  'ttftSeconds',
  'ttftMs',
  'costUsd',
  'customer',
  'user',
  'session',
  'run',
  'promptFingerprint',
  'promptTemplateFingerprint',
]);

/** Where a reading of attributes of the same names, in the same order, finds what changes. */
export interface ReadingPlan {
  /** Places of the values on which everything else depends. */
  readonly decisive: readonly number[];
  readonly counts: readonly { readonly place: number; readonly key: string; readonly field: CountField; readonly isPreferred: boolean }[];
  readonly meters: readonly { readonly place: number; readonly key: string; readonly meter: Meter }[];
  readonly tags: readonly { readonly place: number; readonly name: string }[];
  /** Of each fact all places, the most preferred first. */
  readonly facts: readonly { readonly field: FactField; readonly places: readonly number[] }[];
}

export function planReading({ keys }: Attributes, table: SlotTable): ReadingPlan {
  const decisive: number[] = [];
  const counts: { place: number; key: string; field: CountField; rank: number }[] = [];
  const facts: { place: number; field: FactField; rank: number }[] = [];
  const meters: { place: number; key: string; meter: Meter }[] = [];
  const tags: { place: number; name: string }[] = [];
  for (const [place, key] of keys.entries()) {
    for (const slot of slotsOf(key, table)) {
      if (slot.kind === 'count') counts.push({ place, key, field: slot.field, rank: slot.rank });
      else if (slot.kind === 'meter') meters.push({ place, key, meter: slot.meter });
      else if (slot.kind === 'tag') tags.push({ place, name: slot.name });
      else if (CHANGING.has(slot.field)) facts.push({ place, field: slot.field, rank: slot.rank });
      else decisive.push(place);
    }
  }
  const preferred = new Map<CountField, number>();
  for (const { field, rank } of counts) preferred.set(field, Math.min(rank, preferred.get(field) ?? rank));
  return {
    decisive: [...new Set(decisive)],
    counts: counts.map(({ rank, ...count }) => ({ ...count, isPreferred: rank === preferred.get(count.field) })),
    meters,
    tags: tags.slice(0, MOST_TAGS),
    facts: [...Map.groupBy(facts, ({ field }) => field)].map(([field, ofField]) => ({
      field,
      places: ofField.toSorted((left, right) => left.rank - right.rank).map(({ place }) => place),
    })),
  };
}

/** Objects with the same fields in the same order are what the engine reads fastest. */
const NO_COUNTS = Object.fromEntries(COUNT_FIELDS.map((field) => [field, undefined])) as Counts;

/** The reading that `like` would be for these attributes; `undefined` when a number is none, so that it must be read with more care. */
export function readPlanned({ values }: Attributes, plan: ReadingPlan, like: Reading): Reading | undefined {
  const counts: Counts = { ...NO_COUNTS };
  const raw: Record<string, number | string> = {};
  for (const { place, key, field, isPreferred } of plan.counts) {
    const count = readCount(values[place], key, isFractional(field), raw);
    if (count === undefined) return undefined;
    if (isPreferred) counts[field] = count;
  }
  let meters: Partial<Record<Meter, number>> | undefined;
  for (const { place, key, meter } of plan.meters) {
    const count = readCount(values[place], key, meterFacts(meter).unit === 'second', raw);
    if (count === undefined) return undefined;
    (meters ??= {})[meter] = count;
  }
  let tags: Record<string, string> | undefined;
  for (const { place, name } of plan.tags) {
    const value = values[place];
    if (value === null || value === undefined) return undefined;
    (tags ??= Object.create(null) as Record<string, string>)[name] = toText(value) ?? '';
  }
  const facts = { ...like.facts };
  for (const { field, places } of plan.facts) facts[field] = firstSaid(values, places);
  return { counts, hasCounts: like.hasCounts, facts, meters, tags, raw, origins: like.origins, flags: like.flags };
}

function readCount(
  value: AttributeValue | undefined,
  key: string,
  isFraction: boolean,
  raw: Record<string, number | string>,
): number | undefined {
  const count = toCount(value ?? undefined, isFraction);
  if (count !== undefined) raw[key] = rawNumber(value ?? null);
  return count;
}

function firstSaid(values: readonly AttributeValue[], places: readonly number[]): AttributeValue | undefined {
  for (const place of places) {
    const value = values[place];
    if (value !== '' && value !== null && value !== undefined) return value;
  }
  return undefined;
}
