import type { AttributeValue, OtlpSpan } from '../decode/otlp.ts';
import type { Evidence } from './observation.ts';
import type { Reading, SlotTable } from './read.ts';
import { planReading, readPlanned, type ReadingPlan } from './reading-plan.ts';
import type { Understood } from './understood.ts';
import { type ReadUsage, readUsage } from './usage.ts';

/** What was made of a span. */
export interface Told {
  readonly reading: Reading;
  readonly understood: Understood;
  /** How its numbers were read, if it has any. */
  readonly usage: ReadUsage | undefined;
}

/** Spans of one name and emitter with attributes of the same names in the same order. */
interface Shape {
  readonly span: OtlpSpan;
  readonly plan: ReadingPlan;
  /** By the values on which the rest depends. */
  readonly told: Map<string, Retold>;
  last: Retold | undefined;
}

interface Retold extends Told {
  readonly decisive: readonly AttributeValue[];
}

/** An application has few shapes. A sender that invents names is read with care each time, and takes no more memory than this. */
const MOST_SHAPES = 1024;
const MOST_TOLD_PER_SHAPE = 1024;
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

  /** What a span says that is told as another was; `undefined` when it must be read on its own. */
  retell(span: OtlpSpan): Told | undefined {
    const shape = this.#shapeOf(span);
    const known = shape && find(shape, span);
    const reading = known && readPlanned(span.attributes, shape.plan, known.reading);
    return reading && { ...known, reading, ...understandAgain(known, reading) };
  }

  /** A shape is worth remembering when its name comes a second time. */
  keep(span: OtlpSpan, table: SlotTable, told: Told): void {
    const { attributes, name } = span;
    if (attributes.size > MOST_ATTRIBUTES || told.reading.flags.length > 0 || attributes.values.includes(null)) return;
    if (!this.#names.has(name)) {
      if (this.#names.size >= MOST_NAMES) this.#names.clear();
      this.#names.add(name);
      return;
    }
    const shape = this.#shapeOf(span) ?? this.#add(span, planReading(attributes, table));
    const decisive = shape.plan.decisive.map((place) => attributes.values[place] ?? null);
    if (decisive.some((value) => typeof value === 'object')) return;
    if (shape.told.size >= MOST_TOLD_PER_SHAPE) shape.told.clear();
    shape.last = { ...told, decisive };
    shape.told.set(keyOf(decisive), shape.last);
  }

  #shapeOf(span: OtlpSpan): Shape | undefined {
    return this.#shapes.get(span.name)?.find((shape) => isShapedAlike(shape.span, span));
  }

  #add(span: OtlpSpan, plan: ReadingPlan): Shape {
    if (++this.#size > MOST_SHAPES) {
      this.#shapes.clear();
      this.#size = 1;
    }
    const shape: Shape = { span, plan, told: new Map(), last: undefined };
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
  if (keys.length !== others.length) return false;
  for (let place = 0; place < keys.length; place++) if (keys[place] !== others[place]) return false;
  return true;
}

function find(shape: Shape, { attributes: { values } }: OtlpSpan): Retold | undefined {
  const { told, last } = shape;
  const { decisive } = shape.plan;
  if (last && isDecidedAlike(last, decisive, values)) return last;
  const known = told.get(keyOf(decisive.map((place) => values[place] ?? null)));
  if (!known || !isDecidedAlike(known, decisive, values)) return undefined;
  shape.last = known;
  return known;
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

function understandAgain({ understood, usage }: Told, { counts, meters }: Reading): Pick<Told, 'understood' | 'usage'> {
  if (!understood.profile || !usage) return { understood, usage };
  const again = readUsage(counts, understood.profile, understood.provider);
  const told = meters === undefined ? again.usage : { ...again.usage, ...meters };
  if (isReadAlike(again, usage)) return { understood: { ...understood, usage: told }, usage };
  const { flags } = understood.semantics;
  return {
    understood: {
      ...understood,
      usage: told,
      semantics: {
        ...understood.semantics,
        confidence: again.confidence,
        flags: [...again.flags, ...flags.slice(usage.flags.length)],
      },
      evidence: [...understood.evidence.slice(0, understood.evidence.length - usage.evidence.length), ...again.evidence],
    },
    usage: again,
  };
}

/** Then the span can share what is said about it. */
function isReadAlike(left: ReadUsage, right: ReadUsage): boolean {
  return (
    left.confidence === right.confidence &&
    left.flags.length === right.flags.length &&
    left.flags.every((flag, index) => flag === right.flags[index]) &&
    isSaidAlike(left.evidence, right.evidence)
  );
}

function isSaidAlike(left: readonly Evidence[], right: readonly Evidence[]): boolean {
  if (left.length !== right.length) return false;
  return left.every(({ rule, detail }, index) => rule === right[index]?.rule && detail === right[index].detail);
}
