import type { AttributeValue } from '../decode/otlp.ts';
import { toCount } from './read.ts';
import type { CountField, Counts, FactField } from './reading.ts';

type Json = Readonly<Record<string, unknown>>;

/** Beyond this a sender keeps no numbers in it but texts. */
const LONGEST_JSON = 65_536;

/** An attribute that holds a JSON object, or nothing. */
export function readJson(value: AttributeValue | undefined): Json | undefined {
  if (typeof value !== 'string' || value.length > LONGEST_JSON || !value.startsWith('{')) return undefined;
  try {
    const parsed: unknown = JSON.parse(value);
    return isObject(parsed) ? parsed : undefined;
  } catch {
    return undefined;
  }
}

/** `{'tokens': 8, 'details': None}`: numbers under plain names, as Python prints them. */
export function readPythonDict(value: AttributeValue | undefined): Json | undefined {
  if (typeof value !== 'string' || value.length > LONGEST_JSON || !value.startsWith('{')) return undefined;
  const json = value
    .replaceAll("'", '"')
    .replaceAll(/\bNone\b/g, 'null')
    .replaceAll(/\bTrue\b/g, 'true')
    .replaceAll(/\bFalse\b/g, 'false');
  return readJson(json);
}

type Paths<Field extends string> = Partial<Record<Field, readonly string[]>>;

export interface PickedCounts {
  readonly counts: Counts;
  readonly raw: Record<string, number>;
  readonly origins: Partial<Record<CountField, string>>;
}

/** The first path of each list that leads to a count. They are named by attribute and path: `usage_details#input`. */
export function pickCounts(attribute: string, json: Json, paths: Paths<CountField>): PickedCounts {
  const picked: PickedCounts = { counts: {}, raw: {}, origins: {} };
  for (const [field, candidates] of Object.entries(paths) as [CountField, readonly string[]][]) {
    for (const path of candidates) {
      const value = at(json, path);
      const count = typeof value === 'number' ? toCount(value) : undefined;
      if (count === undefined) continue;
      const name = `${attribute}#${path}`;
      picked.counts[field] = count;
      picked.raw[name] = count;
      picked.origins[field] = name;
      break;
    }
  }
  return picked;
}

export function pickTexts(json: Json, paths: Paths<FactField>): Partial<Record<FactField, AttributeValue>> {
  const facts: Partial<Record<FactField, AttributeValue>> = {};
  for (const [field, candidates] of Object.entries(paths) as [FactField, readonly string[]][]) {
    const value = candidates.map((path) => at(json, path)).find((found) => typeof found === 'string' || typeof found === 'number');
    if (typeof value === 'string' || typeof value === 'number') facts[field] = value;
  }
  return facts;
}

/**
 * Follows own properties only: a path in a table can meet `__proto__` in the data, never follow it. In a list, `ttl=1h` is the entry that
 * says so.
 */
function at(json: Json, path: string): unknown {
  let value: unknown = json;
  for (const step of stepsOf(path)) {
    if (Array.isArray(value)) {
      const [key = '', said] = step.split('=');
      value = value.find((entry: unknown) => isObject(entry) && Object.hasOwn(entry, key) && entry[key] === said);
      continue;
    }
    if (!isObject(value) || !Object.hasOwn(value, step)) return undefined;
    value = value[step];
  }
  return value;
}

/** Of the paths of dialects' tables: dozens are looked for in a span, and few lead anywhere. */
const known = new Map<string, readonly string[]>();

function stepsOf(path: string): readonly string[] {
  let steps = known.get(path);
  if (!steps) known.set(path, (steps = path.split('.')));
  return steps;
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
