import type { Embedded } from './dialect.ts';
import type { Reading } from './read.ts';
import { CHANGING_FACTS, COUNT_FIELDS, type CountField, type FactField } from './reading.ts';
import type { Planned } from './reading-plan.ts';

/** Numbers from inside an attribute fill what no attribute tells; facts from inside replace. */
export function addEmbedded(reading: Reading, { counts, facts, raw, origins }: Embedded): void {
  for (const field of COUNT_FIELDS) {
    if (counts[field] === undefined || reading.counts[field] !== undefined) continue;
    reading.counts[field] = counts[field];
    reading.hasCounts = true;
    if (origins?.[field] !== undefined) reading.origins[field] = origins[field];
  }
  Object.assign(reading.facts, facts);
  Object.assign(reading.raw, raw);
}

const CHANGING: ReadonlySet<string> = new Set(CHANGING_FACTS);

/** Whether two tell the same fields, and agree in all but their numbers and the facts that change from span to span. */
export function areToldAlike(left: Embedded | undefined, right: Embedded | undefined): boolean {
  if (!left || !right) return left === right;
  return left.profile === right.profile && isPartOf(left, right) && isPartOf(right, left);
}

function isPartOf({ counts, origins, facts = {} }: Embedded, other: Embedded): boolean {
  for (const field in counts) {
    const name = field as CountField;
    if (counts[name] !== undefined && (other.counts[name] === undefined || origins?.[name] !== other.origins?.[name])) return false;
  }
  for (const field in facts) if (!CHANGING.has(field) && facts[field as FactField] !== other.facts?.[field as FactField]) return false;
  return true;
}

/** What of it is read of each span anew. */
export function addChanging(planned: Planned, { counts, facts = {}, raw }: Embedded): Planned {
  const all = { ...planned.counts };
  for (const field in counts) all[field as CountField] ??= counts[field as CountField];
  const changing = { ...planned.facts };
  for (const field of CHANGING_FACTS) if (Object.hasOwn(facts, field)) changing[field] = facts[field];
  return { ...planned, counts: all, facts: changing, raw: Object.assign(planned.raw, raw) };
}
