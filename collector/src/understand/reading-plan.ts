import { type Meter, meterFacts } from '@tokenledger/model';
import type { Attributes, AttributeValue } from '../decode/otlp.ts';
import { isFractional, MOST_TAGS, rawNumber, type Reading, type SlotTable, slotsOf, toCount, toText } from './read.ts';
import { CHANGING_FACTS, type ChangingFact, type ChangingFacts, type CountField, type Counts, COUNT_FIELDS } from './reading.ts';

const CHANGING: ReadonlySet<string> = new Set(CHANGING_FACTS);

interface PlannedNumber {
  readonly place: number;
  readonly key: string;
  readonly isFraction: boolean;
}

/** Where a reading of attributes of the same names, in the same order, finds what changes. */
export interface ReadingPlan {
  /** Places of the values on which everything else depends. */
  readonly decisive: readonly number[];
  readonly counts: readonly (PlannedNumber & { readonly field: CountField; readonly isPreferred: boolean })[];
  readonly meters: readonly (PlannedNumber & { readonly meter: Meter })[];
  readonly tags: readonly { readonly place: number; readonly name: string }[];
  /** Of each fact all places, the most preferred first. */
  readonly facts: Readonly<Record<ChangingFact, readonly number[]>>;
  /** Filled anew for each span: of the same attributes the same fields. */
  readonly scratch: Counts;
  /** The names of all numbers. A copy is filled faster than names are added to an object one by one. */
  readonly raw: Readonly<Record<string, number | string>>;
}

/** What changes. The counts are those of this span until another is read. */
export interface Planned extends Pick<Reading, 'counts' | 'meters' | 'tags' | 'raw'> {
  readonly facts: ChangingFacts;
}

export function planReading({ keys }: Attributes, table: SlotTable): ReadingPlan {
  const decisive: number[] = [];
  const counts: { place: number; key: string; field: CountField; rank: number }[] = [];
  const facts: { place: number; field: string; rank: number }[] = [];
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
    counts: counts.map(({ rank, place, key, field }) => ({
      place,
      key,
      field,
      isFraction: isFractional(field),
      isPreferred: rank === preferred.get(field),
    })),
    meters: meters.map((meter) => ({ ...meter, isFraction: meterFacts(meter.meter).unit === 'second' })),
    tags: tags.slice(0, MOST_TAGS),
    facts: Object.fromEntries(CHANGING_FACTS.map((field) => [field, placesOf(field, facts)])) as Record<ChangingFact, readonly number[]>,
    scratch: { ...NO_COUNTS },
    raw: Object.fromEntries([...counts, ...meters].map(({ key }) => [key, ''])),
  };
}

/** Objects with the same fields in the same order are what the engine reads fastest. */
const NO_COUNTS = Object.fromEntries(COUNT_FIELDS.map((field) => [field, undefined])) as Counts;
const NOWHERE: readonly number[] = [];

function placesOf(wanted: string, facts: readonly { readonly place: number; readonly field: string; readonly rank: number }[]) {
  const places = facts.filter(({ field }) => field === wanted).toSorted((left, right) => left.rank - right.rank);
  return places.length === 0 ? NOWHERE : places.map(({ place }) => place);
}

/** What a careful reading would find; `undefined` when a number is none, so that it must be read with more care. */
export function readPlanned({ values }: Attributes, plan: ReadingPlan): Planned | undefined {
  const counts = plan.scratch;
  const raw: Record<string, number | string> = { ...plan.raw };
  for (const { place, key, field, isFraction, isPreferred } of plan.counts) {
    const count = readCount(values[place], key, isFraction, raw);
    if (count === undefined) return undefined;
    if (isPreferred) counts[field] = count;
  }
  let meters: Partial<Record<Meter, number>> | undefined;
  for (const { place, key, meter, isFraction } of plan.meters) {
    const count = readCount(values[place], key, isFraction, raw);
    if (count === undefined) return undefined;
    (meters ??= {})[meter] = count;
  }
  let tags: Record<string, string> | undefined;
  for (const { place, name } of plan.tags) {
    const value = values[place];
    if (value === null || value === undefined) return undefined;
    (tags ??= Object.create(null) as Record<string, string>)[name] = toText(value) ?? '';
  }
  return { counts, meters, tags, raw, facts: readFacts(values, plan.facts) };
}

/** One object, written out: a hundred thousand are made a second. */
function readFacts(values: readonly AttributeValue[], places: ReadingPlan['facts']): ChangingFacts {
  return {
    responseId: firstSaid(values, places.responseId),
    finishReasons: firstSaid(values, places.finishReasons),
    ttftSeconds: firstSaid(values, places.ttftSeconds),
    ttftMs: firstSaid(values, places.ttftMs),
    costUsd: firstSaid(values, places.costUsd),
    customer: firstSaid(values, places.customer),
    user: firstSaid(values, places.user),
    session: firstSaid(values, places.session),
    run: firstSaid(values, places.run),
    promptFingerprint: firstSaid(values, places.promptFingerprint),
    promptTemplateFingerprint: firstSaid(values, places.promptTemplateFingerprint),
  } satisfies Record<ChangingFact, AttributeValue | undefined>;
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
