import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { overridesSchema, type Overrides } from '@tokenledger/pricing/overrides';
import { z } from 'zod';
import { ConfigError } from './config.ts';

const fileSchema = z.strictObject({ editions: z.array(z.strictObject({ known_from: z.iso.datetime(), overrides: overridesSchema })) });

/** What the operator told the admin API, and since when (RFC 3339) it is known. */
export interface Edition {
  readonly knownFrom: string;
  readonly overrides: Overrides;
}

/** Oldest first. @throws ConfigError when the file is not ours */
export function readEditions(path: string): readonly Edition[] {
  if (!existsSync(path)) return [];
  try {
    const { editions } = fileSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
    return editions.map(({ known_from: knownFrom, overrides }) => ({ knownFrom, overrides }));
  } catch (error) {
    throw new ConfigError([`${path}: ${error instanceof z.ZodError ? z.prettifyError(error) : String(error)}`]);
  }
}

/** Replaced in one step, on disk when it returns. */
export function writeEditions(path: string, editions: readonly Edition[]): void {
  const content = { editions: editions.map(({ knownFrom, overrides }) => ({ known_from: knownFrom, overrides })) };
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  writeFileSync(`${path}.new`, `${JSON.stringify(content, null, 1)}\n`, { mode: 0o600, flush: true });
  renameSync(`${path}.new`, path);
}

/** With one more edition, later than all others; the same again is no new one. */
export function withEdition(editions: readonly Edition[], overrides: Overrides, nowMs: number): readonly Edition[] {
  const last = editions.at(-1);
  if (last && JSON.stringify(last.overrides) === JSON.stringify(overrides)) return editions;
  const knownFromMs = last ? Math.max(nowMs, Date.parse(last.knownFrom) + 1) : nowMs;
  return [...editions, { knownFrom: new Date(knownFromMs).toISOString(), overrides }];
}
