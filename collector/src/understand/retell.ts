import type { Usage } from '@tokenledger/model';
import type { AttributeValue, OtlpSpan } from '../decode/otlp.ts';
import type { Dialect, Embedded } from './dialect.ts';
import { addChanging, areToldAlike } from './embedded.ts';
import { type Form, toObservation } from './form.ts';
import type { Evidence, Observation } from './observation.ts';
import type { SlotTable } from './read.ts';
import { type Planned, planReading, readPlanned, type ReadingPlan } from './reading-plan.ts';
import { type ReadUsage, readUsage } from './usage.ts';

/** What was made of a span, for those that are told as it was. */
export interface Told {
  readonly form: Form;
  /** How its numbers were read, if it has any. */
  readonly read: ReadUsage | undefined;
}

/** How a span is read. */
interface Reader {
  readonly table: SlotTable;
  readonly readEmbedded: Dialect['embedded'];
}

/** Spans of one name and emitter with attributes of the same names in the same order. */
interface Shape {
  readonly span: OtlpSpan;
  readonly plan: ReadingPlan;
  readonly readEmbedded: Dialect['embedded'];
  /** By the values on which the rest depends. */
  readonly told: Map<string, Retold>;
  /** Those that came lately, the last one first: to look at a few takes less time than to make their key. */
  readonly lately: Retold[];
}

interface Retold {
  readonly decisive: readonly AttributeValue[];
  readonly embedded: Embedded | undefined;
  /** By how numbers were read: most emitters tell in two or three ways, such as with and without cached tokens. */
  readonly told: Told[];
}

/** An application has few shapes. A sender that invents names is read with care each time, and takes no more memory than this. */
const MOST_SHAPES = 1024;
const MOST_TOLD_PER_SHAPE = 1024;
const MOST_LATELY = 8;
const MOST_READINGS = 8;
const MOST_NAMES = 4096;
const MOST_ATTRIBUTES = 128;

/**
 * Spans that are told as one before was are understood as that one was, but for their own numbers and ids: emitters repeat themselves, and
 * to find out who speaks takes longer than all the rest. The result is the same as of reading each on its own.
 */
export class Retelling {
  readonly #shapes = new Map<string, Shape[]>();
  readonly #names = new Set<string>();
  #size = 0;

  /** A span that is told as another was; `undefined` when it must be read on its own. */
  retell(span: OtlpSpan): Observation | undefined {
    const shape = this.#shapeOf(span);
    if (!shape) return undefined;
    const embedded = shape.readEmbedded?.(span);
    const known = find(shape, span, embedded);
    const planned = known && readPlanned(span.attributes, shape.plan);
    return planned && observeAgain(span, known.told, embedded ? addChanging(planned, embedded) : planned);
  }

  /** A shape is worth remembering when its name comes a second time. */
  keep(span: OtlpSpan, reader: Reader, { embedded, ...told }: Told & Pick<Retold, 'embedded'>): void {
    const { attributes, name } = span;
    if (attributes.size > MOST_ATTRIBUTES || attributes.values.includes(null)) return;
    if (!this.#names.has(name)) {
      if (this.#names.size >= MOST_NAMES) this.#names.clear();
      this.#names.add(name);
      return;
    }
    const shape = this.#shapeOf(span) ?? this.#add(span, reader);
    const decisive = shape.plan.decisive.map((place) => attributes.values[place] ?? null);
    if (decisive.some((value) => typeof value === 'object')) return;
    if (shape.told.size >= MOST_TOLD_PER_SHAPE) shape.told.clear();
    const retold = { told: [told], decisive, embedded };
    remember(shape, retold);
    shape.told.set(keyOf(decisive), retold);
  }

  #shapeOf(span: OtlpSpan): Shape | undefined {
    return this.#shapes.get(span.name)?.find((shape) => isShapedAlike(shape.span, span));
  }

  #add(span: OtlpSpan, { table, readEmbedded }: Reader): Shape {
    if (++this.#size > MOST_SHAPES) {
      this.#shapes.clear();
      this.#size = 1;
    }
    const shape: Shape = { span, plan: planReading(span.attributes, table), readEmbedded, told: new Map(), lately: [] };
    const ofName = this.#shapes.get(span.name);
    if (ofName) ofName.push(shape);
    else this.#shapes.set(span.name, [shape]);
    return shape;
  }
}

function isShapedAlike(left: OtlpSpan, right: OtlpSpan): boolean {
  if (left.kind !== right.kind || left.scope.name !== right.scope.name || left.scope.version !== right.scope.version) return false;
  const { keys } = left.attributes;
  const others = right.attributes.keys;
  if (keys === others) return true;
  if (keys.length !== others.length) return false;
  for (let place = 0; place < keys.length; place++) if (keys[place] !== others[place]) return false;
  return true;
}

function find(shape: Shape, { attributes: { values } }: OtlpSpan, embedded: Embedded | undefined): Retold | undefined {
  const { told, lately } = shape;
  const { decisive } = shape.plan;
  for (let at = 0; at < lately.length; at++) {
    const retold = lately[at] as Retold;
    if (!isDecidedAlike(retold, decisive, values) || !areToldAlike(retold.embedded, embedded)) continue;
    moveToFront(lately, at);
    return retold;
  }
  const known = told.get(keyOf(decisive.map((place) => values[place] ?? null)));
  if (!known || !isDecidedAlike(known, decisive, values) || !areToldAlike(known.embedded, embedded)) return undefined;
  remember(shape, known);
  return known;
}

/** Ways to tell come in turns of two or three, and so the next is among the first. */
function moveToFront(lately: Retold[], at: number): void {
  const retold = lately[at] as Retold;
  for (let before = at; before > 0; before--) lately[before] = lately[before - 1] as Retold;
  lately[0] = retold;
}

function remember({ lately }: Shape, retold: Retold): void {
  if (lately.length >= MOST_LATELY) lately.pop();
  lately.unshift(retold);
}

function isDecidedAlike(known: Retold, places: readonly number[], values: readonly AttributeValue[]): boolean {
  for (let index = 0; index < places.length; index++) if (known.decisive[index] !== values[places[index] ?? -1]) return false;
  return true;
}

/** Texts and numbers stay apart. */
function keyOf(values: readonly AttributeValue[]): string {
  let key = '';
  for (const value of values)
    key += typeof value === 'string' ? `"${value}\u0000` : `${typeof value === 'object' ? 'object' : value}\u0000`;
  return key;
}

function observeAgain(span: OtlpSpan, told: Told[], planned: Planned): Observation | undefined {
  const [first] = told;
  if (!first) return undefined;
  const { counts, meters, tags, raw: rawUsage, facts } = planned;
  const { form, read } = first;
  if (!form.profile || !read) return toObservation(span, form, { usage: NO_USAGE, rawUsage, tags, facts });
  const again = readUsage(counts, form.profile, form.provider, form.operation);
  const usage = meters === undefined ? again.usage : { ...again.usage, ...meters };
  return toObservation(span, formOfReading(told, first, again), { usage, rawUsage, tags, facts });
}

const NO_USAGE: Usage = {};

/** Then the span can share what is said about it. */
function formOfReading(told: Told[], first: Told, again: ReadUsage): Form {
  for (const { form, read } of told) if (read && isReadAlike(read, again)) return form;
  const { form, read } = first;
  const { flags } = form.semantics;
  const another = {
    ...form,
    semantics: { ...form.semantics, confidence: again.confidence, flags: [...again.flags, ...flags.slice(read?.flags.length)] },
    evidence: [...form.evidence.slice(0, form.evidence.length - (read?.evidence.length ?? 0)), ...again.evidence],
  };
  if (told.length < MOST_READINGS) told.push({ form: another, read: again });
  return another;
}

function isReadAlike(left: ReadUsage, right: ReadUsage): boolean {
  if (left.confidence !== right.confidence || left.flags.length !== right.flags.length) return false;
  for (let index = 0; index < left.flags.length; index++) if (left.flags[index] !== right.flags[index]) return false;
  return isSaidAlike(left.evidence, right.evidence);
}

function isSaidAlike(left: readonly Evidence[], right: readonly Evidence[]): boolean {
  if (left.length !== right.length) return false;
  for (let index = 0; index < left.length; index++) {
    const one = left[index];
    const other = right[index];
    if (one !== other && (one?.rule !== other?.rule || one?.detail !== other?.detail)) return false;
  }
  return true;
}
