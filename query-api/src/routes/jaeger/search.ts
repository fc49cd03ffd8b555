import type { CallSummary, Filters } from '@tokenledger/ledger';
import { DIMENSIONS, TOKENLEDGER_ATTRIBUTES, type Dimension } from '@tokenledger/model';
import { z } from 'zod';

const DAY_MS = 86_400_000;
const MOST_TRACES = 200;

/** Jaeger's own parameters; clients send more of them than are of use here. */
export const searchQuery = z.object({
  service: z.string().optional(),
  operation: z.string().optional(),
  tags: z.string().optional(),
  start: z.coerce.number().nonnegative().max(4.3e15).optional().describe('microseconds'),
  end: z.coerce.number().nonnegative().max(4.3e15).optional().describe('microseconds'),
  minDuration: z.string().optional(),
  maxDuration: z.string().optional(),
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
    from: query.start === undefined ? to - DAY_MS : Math.floor(query.start / 1000),
    to,
    filters: filtersOf(query),
    minDurationMs: parseDuration(query.minDuration) ?? 0,
    maxDurationMs: parseDuration(query.maxDuration) ?? Number.POSITIVE_INFINITY,
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

function filtersOf({ service, operation, tags }: z.output<typeof searchQuery>): Filters | undefined {
  const wanted: Partial<Record<Dimension, readonly string[]>> = {
    ...(service && { service: [service] }),
    ...(operation && operation !== 'all' && { operation: [operation] }),
  };
  for (const [tag, value] of Object.entries(parseTags(tags))) {
    if (tag === 'error') wanted.status = value === 'true' ? ['error'] : ['ok', 'unset'];
    else if (Object.hasOwn(TAG_DIMENSIONS, tag)) wanted[TAG_DIMENSIONS[tag] ?? 'service'] = [value];
    else return undefined;
  }
  return wanted;
}

function parseTags(tags: string | undefined): Readonly<Record<string, string>> {
  if (!tags) return {};
  try {
    return z.record(z.string(), z.coerce.string()).catch({}).parse(JSON.parse(tags));
  } catch {
    return {};
  }
}

const UNITS_MS: Readonly<Record<string, number>> = { us: 0.001, µs: 0.001, ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** `1.2s`, `100ms`: Go's durations of one unit. */
function parseDuration(text: string | undefined): number | undefined {
  const match = /^(\d+(?:\.\d+)?)(us|µs|ms|s|m|h)$/.exec(text ?? '');
  return match ? Number(match[1]) * (UNITS_MS[match[2] ?? ''] ?? 1) : undefined;
}
