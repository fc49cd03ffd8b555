import { MEASURES } from '@tokenledger/ledger';
import { DIMENSION_VALUES, DIMENSIONS, readQuoted, type Dimension } from '@tokenledger/model';
import { z } from 'zod';

/**
 * How query parameters are written. A dashboard that has nothing to say sends an empty value, `*`, or a template it did not fill
 * in (`${team}`, `$__interval`: Grafana's alert rules do): each of these is as if the parameter were absent.
 */
const NOT_SAID = /^\*?$|\$\{|\$__/;

const isSaid = (text: string) => !NOT_SAID.test(text);

/** One text; given twice, it is refused. */
const single = z.string({ error: ({ input }) => (Array.isArray(input) ? 'is given more than once' : 'is missing') });

/** `undefined` when nothing is said. */
const optional = single.optional().transform((text) => (text !== undefined && isSaid(text) ? text : undefined));

/** RFC 3339, a date, or epoch milliseconds → epoch milliseconds. ClickHouse's own times end in 2106. */
const EARLIEST_MS = 0;
const LATEST_MS = Date.UTC(2106, 0);
const MILLISECONDS = String.raw`\d{1,15}`;
const DATE = String.raw`\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d))?`;
const IS_MILLISECONDS = new RegExp(`^${MILLISECONDS}$`);
const IS_DATE = new RegExp(`^${DATE}$`, 'i');

export function parseTime(text: string): number | undefined {
  const time = IS_MILLISECONDS.test(text) ? Number(text) : isDate(text) ? Date.parse(text) : Number.NaN;
  return time >= EARLIEST_MS && time < LATEST_MS ? time : undefined;
}

/** `Date.parse` takes February 30 for March 2. */
function isDate(text: string): boolean {
  const day = text.slice(0, 'yyyy-mm-dd'.length);
  return IS_DATE.test(text) && new Date(Date.parse(day) || 0).toISOString().startsWith(day);
}

const NO_TIME = 'is no time: write RFC 3339 with an offset (2026-07-01T12:00:00Z), a date (2026-07-01) or epoch milliseconds';

export const timeParameter = optional
  .transform((text, context) => {
    const time = text === undefined ? undefined : parseTime(text);
    if (text !== undefined && time === undefined) context.addIssue({ code: 'custom', message: NO_TIME });
    return time;
  })
  .meta({ pattern: `^(${MILLISECONDS}|${DATE})$` });

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** Parameters of a time range, for `z.strictObject`; read them with `rangeOf`. */
export const rangeParameters = {
  from: timeParameter.describe('first instant of the range: RFC 3339, a date, or epoch milliseconds; default: a day before `to`'),
  to: timeParameter.describe('first instant after the range; default: now'),
};

export interface Range {
  readonly from: number;
  readonly to: number;
}

/** The default end is the next minute, so that what happened this second is in the range. */
export function rangeOf({ from, to }: { readonly from?: number | undefined; readonly to?: number | undefined }): Range {
  const end = to ?? Math.ceil((Date.now() + 1) / MINUTE_MS) * MINUTE_MS;
  return { from: from ?? end - DAY_MS, to: end };
}

/** A whole number within bounds. */
export function countParameter({ min, max, fallback }: { readonly min: number; readonly max: number; readonly fallback: number }) {
  const count = optional.transform((text, context) => {
    if (text === undefined) return fallback;
    const count = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
    if (!(count >= min && count <= max)) context.addIssue({ code: 'custom', message: `is no whole number from ${min} to ${max}` });
    return count;
  });
  return count.meta({ type: 'integer', minimum: min, maximum: max, default: fallback });
}

export function choiceParameter<const Choice extends string>(choices: readonly Choice[], fallback: Choice) {
  const chosen = optional.transform((text, context) => {
    const choice = text === undefined ? fallback : choices.find((name) => name === text);
    if (choice === undefined) context.addIssue({ code: 'custom', message: `must be one of ${choices.join(', ')}` });
    return choice ?? fallback;
  });
  return chosen.meta({ enum: [...choices], default: fallback });
}

export const textParameter = optional;

/** `a,b` → `['a', 'b']`, each a known name, none twice. */
function listParameter<Name extends string>(what: string, isKnown: (name: string) => name is Name, known: readonly string[], most: number) {
  return optional.transform((text, context): readonly Name[] | undefined => {
    const names = text === undefined ? undefined : text.split(',').map((name) => name.trim());
    const unknown = names?.filter((name) => !isKnown(name)) ?? [];
    const refuse = (message: string) => context.addIssue({ code: 'custom', message });
    if (unknown.length > 0)
      refuse(`there is no ${what} ${unknown.map((name) => JSON.stringify(name)).join(', ')}; there are ${known.join(', ')}`);
    if (names && new Set(names).size < names.length) refuse(`names a ${what} twice`);
    if (names && names.length > most) refuse(`names more than ${most}`);
    return names?.filter(isKnown);
  });
}

const isDimension = (name: string): name is Dimension => (DIMENSIONS as readonly string[]).includes(name);
const isMeasure = (name: string): name is string => MEASURES.has(name);
const MEASURE_HINT = [...MEASURES.keys()];

export const groupByParameter = listParameter('dimension', isDimension, DIMENSIONS, 5).describe(
  `dimensions, comma separated: ${DIMENSIONS.join(', ')}`,
);
export const measuresParameter = listParameter('measure', isMeasure, MEASURE_HINT, 30).describe(
  `measures, comma separated; default cost,calls. There are ${MEASURE_HINT.join(', ')}`,
);
export const measureParameter = optional
  .transform((name, context) => {
    if (name !== undefined && !isMeasure(name)) {
      context.addIssue({ code: 'custom', message: `there is no measure ${JSON.stringify(name)}; there are ${MEASURE_HINT.join(', ')}` });
    }
    return name;
  })
  .meta({ enum: MEASURE_HINT })
  .describe('the measure that ranks the groups, biggest first; default: the first of `measures`');

const MOST_VALUES = 500;

/** `["a"` and `[a]` are meant as lists; `[bot] renovate` is a name. */
const LIST = /^\[(?:\s*"|.*\]$)/s;

/** A filter's values. `["a b",""]` is a JSON list (`""`: nobody said), anything else is one literal. */
export function parseFilter(text: string): readonly string[] | undefined {
  if (!LIST.test(text)) return [text];
  try {
    const list = z.array(z.string()).safeParse(JSON.parse(text));
    return list.success ? list.data : undefined;
  } catch {
    return undefined;
  }
}

const filterParameter = z
  .union([z.string(), z.array(z.string())])
  .optional()
  .transform((given, context): readonly string[] | undefined => {
    const texts = typeof given === 'string' ? [given] : (given ?? []);
    // A list or a text in quotes was filled in, whatever its values look like: a team may be called ${x}.
    if (texts.length === 0 || texts.some((text) => !LIST.test(text) && readQuoted(text) === undefined && !isSaid(text))) return undefined;
    const values = texts.map(parseFilter);
    const all = values.flatMap((list) => list ?? []);
    if (values.includes(undefined)) context.addIssue({ code: 'custom', message: 'looks like a list but is no JSON list of texts' });
    if (all.length > MOST_VALUES)
      context.addIssue({ code: 'custom', message: `has ${all.length} values: at most ${MOST_VALUES} are looked for` });
    return all;
  });

/** What no call can have would find nothing, and look like an answer. */
const oneOf = (choices: readonly string[]) =>
  filterParameter.refine((values) => values?.every((value) => choices.includes(value)) ?? true, `must be one of ${choices.join(', ')}`);

function filterOn(name: Dimension): typeof filterParameter {
  const choices = DIMENSION_VALUES[name];
  return choices
    ? oneOf(choices).describe(`only calls whose ${name} is this: ${choices.join(', ')}; repeat it or give a JSON list for several`)
    : filterParameter.describe(`only ${name} with this value; repeat it or give a JSON list for several ("" is: nobody said)`);
}

/** One parameter per dimension, for `z.strictObject`; read them with `filtersOf`. */
export const filterParameters = Object.fromEntries(DIMENSIONS.map((name) => [name, filterOn(name)])) as Record<
  Dimension,
  typeof filterParameter
>;

type FilterValues = Readonly<Partial<Record<Dimension, readonly string[] | undefined>>>;

export function filtersOf(query: FilterValues): Readonly<Partial<Record<Dimension, readonly string[]>>> {
  return Object.fromEntries(DIMENSIONS.flatMap((name) => (query[name] === undefined ? [] : [[name, query[name]]])));
}

/** Both ends are checked together once each is a time. */
export function refuseEmptyRange(
  query: { readonly from?: number | undefined; readonly to?: number | undefined },
  context: z.RefinementCtx,
): void {
  const { from, to } = rangeOf(query);
  if (from >= to) context.addIssue({ code: 'custom', path: ['from'], message: 'must be before `to`' });
}
