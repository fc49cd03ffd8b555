import type { CallSummary, Filters } from '@tokenledger/ledger';
import { DIMENSIONS, TOKENLEDGER_ATTRIBUTES, type Dimension } from '@tokenledger/model';
import { z } from 'zod';

/** Of searches, services and operations: as long as steps are kept. */
export const LOOK_BACK_MS = 30 * 86_400_000;
const MOST_TRACES = 200;

const DURATION = /^(?:\d+(?:\.\d+)?(?:ns|us|µs|μs|ms|s|m|h))+$/;
const UNITS_MS: Readonly<Record<string, number>> = { ns: 1e-6, us: 0.001, µs: 0.001, μs: 0.001, ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** `1.2s`, `100ms`, `1h30m`: Go's durations → milliseconds. */
const durationParameter = z
  .string()
  .optional()
  .transform((text, context) => {
    if (!text) return undefined;
    if (!DURATION.test(text)) context.addIssue({ code: 'custom', message: 'is no duration: write 1.2s, 100ms or 1h30m' });
    return [...text.matchAll(/(\d+(?:\.\d+)?)([a-zµμ]+)/g)].reduce(
      (sum, [, count, unit = '']) => sum + Number(count) * (UNITS_MS[unit] ?? 0),
      0,
    );
  });

type Tags = Readonly<Record<string, string>>;

/** `{"error":"true"}`: what cannot be read is refused, for a search without it would find what was not asked for. */
const tagsParameter = z
  .string()
  .optional()
  .transform((text, context): Tags => {
    const tags = z.record(z.string(), z.coerce.string()).safeParse(text ? parseJson(text) : {});
    if (!tags.success) context.addIssue({ code: 'custom', message: 'is no JSON object of texts, such as {"error":"true"}' });
    return tags.data ?? {};
  });

/** `tag=error:true`, repeated for several. */
const tagParameter = z
  .union([z.string(), z.array(z.string())])
  .optional()
  .transform((given, context): Tags => {
    const pairs = [given ?? []].flat().map((text) => /^([^:]+):(.*)$/s.exec(text));
    if (pairs.includes(null)) context.addIssue({ code: 'custom', message: 'is no name:value' });
    return Object.fromEntries(pairs.map((pair) => [pair?.[1] ?? '', pair?.[2] ?? '']));
  });

/** Jaeger's own parameters; clients send more of them than are of use here. */
export const searchQuery = z.object({
  service: z.string().optional(),
  operation: z.string().optional(),
  tags: tagsParameter,
  tag: tagParameter,
  start: z.coerce.number().nonnegative().max(4.3e15).optional().describe('microseconds'),
  end: z.coerce.number().nonnegative().max(4.3e15).optional().describe('microseconds'),
  minDuration: durationParameter,
  maxDuration: durationParameter,
  limit: z.coerce.number().int().min(1).default(20),
});

export interface Search {
  readonly from: number;
  readonly to: number;
  /** `undefined`: a tag was asked for that no call can have. */
  readonly filters: Filters | undefined;
  readonly minDurationMs: number;
  readonly maxDurationMs: number;
  readonly limit: number;
}

export function readSearch(query: z.output<typeof searchQuery>): Search {
  const to = query.end === undefined ? Date.now() + 1 : Math.ceil(query.end / 1000);
  return {
    // Grafana before 12 sends no range: the newest traces are meant, however old.
    from: query.start === undefined ? to - LOOK_BACK_MS : Math.floor(query.start / 1000),
    to,
    filters: filtersOf(query),
    minDurationMs: query.minDuration ?? 0,
    maxDurationMs: query.maxDuration ?? Number.POSITIVE_INFINITY,
    limit: Math.min(query.limit, MOST_TRACES),
  };
}

export function matchesSearch({ minDurationMs, maxDurationMs }: Search, { durationMs }: CallSummary): boolean {
  return durationMs >= minDurationMs && durationMs <= maxDurationMs;
}

/** Attribute names by which a dimension may be searched, beside its own. */
const TAG_DIMENSIONS: Readonly<Record<string, Dimension>> = {
  ...Object.fromEntries(DIMENSIONS.map((name) => [name, name])),
  [TOKENLEDGER_ATTRIBUTES.team]: 'team',
  [TOKENLEDGER_ATTRIBUTES.feature]: 'feature',
  [TOKENLEDGER_ATTRIBUTES.customer]: 'customer',
  [TOKENLEDGER_ATTRIBUTES.run]: 'run',
  [TOKENLEDGER_ATTRIBUTES.user]: 'user',
  [TOKENLEDGER_ATTRIBUTES.session]: 'session',
  [TOKENLEDGER_ATTRIBUTES.environment]: 'environment',
  'service.name': 'service',
  'error.type': 'error_type',
  'gen_ai.agent.name': 'agent',
  'gen_ai.operation.name': 'operation',
  'gen_ai.provider.name': 'provider',
  'gen_ai.request.model': 'request_model',
  'gen_ai.response.model': 'model',
};

function filtersOf({ service, operation, tags, tag }: z.output<typeof searchQuery>): Filters | undefined {
  const wanted: Partial<Record<Dimension, readonly string[]>> = {
    ...(service && { service: [service] }),
    ...(operation && operation.toLowerCase() !== 'all' && { operation: [operation] }),
  };
  for (const [name, value] of Object.entries({ ...tags, ...tag })) {
    if (name === 'error') wanted.status = value === 'true' ? ['error'] : ['ok', 'unset'];
    else if (Object.hasOwn(TAG_DIMENSIONS, name)) wanted[TAG_DIMENSIONS[name] ?? 'service'] = [value];
    else return undefined;
  }
  return wanted;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
