import { existsSync, globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** Captures of other people's instrumentations with their truth: a few are kept here, all of them where the shared folder is at hand. */
const OWN = resolve(import.meta.dirname, '../fixtures/golden');
const SHARED = resolve(import.meta.dirname, '../../../../shared/golden/otlp');
export const allAreHere = existsSync(SHARED);

export interface Fixture {
  readonly name: string;
  readonly json: readonly Buffer[];
  readonly protobuf: readonly Buffer[];
  readonly truth: Truth;
}

interface Truth {
  readonly calls: readonly {
    readonly provider: string;
    readonly model: string;
    readonly operation: string;
    readonly streamed: boolean;
    readonly usage: Readonly<Record<string, number>> | null;
  }[];
  readonly billable_calls: number;
  /** Calls of which the export shows any trace; a call without a span cannot be counted. */
  readonly visible_billable_calls: number;
  readonly recoverable: { readonly calls_with_usage: number; readonly totals: Readonly<Record<string, number>> } | null;
}

export function readFixtures(): Fixture[] {
  const root = allAreHere ? SHARED : OWN;
  return globSync('*/*.truth.json', { cwd: root })
    .toSorted()
    .map((truthFile) => {
      const name = truthFile.slice(0, -'.truth.json'.length);
      const capture = JSON.parse(readFileSync(join(root, `${name}.json`), 'utf8')) as { requests?: { body?: unknown }[]; body?: unknown };
      const requests = capture.requests ?? [capture];
      return {
        name,
        json: requests.map((request) => Buffer.from(JSON.stringify(request.body ?? request))),
        protobuf: globSync(`${name}{,.*}.bin`, { cwd: root })
          .toSorted()
          .map((file) => readFileSync(join(root, file))),
        truth: JSON.parse(readFileSync(join(root, truthFile), 'utf8')) as Truth,
      };
    });
}

/** Our meters under the names that the truth gives them. */
export const TRUTH_NAMES = {
  input_uncached: 'input_uncached_tokens',
  cache_read: 'cache_read_tokens',
  cache_write_5m: 'cache_write_5m_tokens',
  cache_write_1h: 'cache_write_1h_tokens',
  cache_write: 'cache_write_unknown_ttl_tokens',
  output_text: 'output_text_tokens',
  reasoning: 'reasoning_tokens',
} as const;
