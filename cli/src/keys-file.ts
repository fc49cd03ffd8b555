import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createKeyRing, type KeyRing, type StoredApiKey, storedApiKeySchema } from '@tokenledger/model';
import { z } from 'zod';
import { type Config, ConfigError, isLoopback } from './config.ts';

const fileSchema = z.strictObject({ keys: z.array(storedApiKeySchema) });

export const keysPath = (config: Config) => config.keys_file ?? join(config.data_dir, 'keys.json');

/** @throws ConfigError when the file is no key file */
export function readStoredKeys(path: string): readonly StoredApiKey[] {
  if (!existsSync(path)) return [];
  try {
    return fileSchema.parse(JSON.parse(readFileSync(path, 'utf8'))).keys;
  } catch (error) {
    throw new ConfigError([`${path}: ${error instanceof z.ZodError ? z.prettifyError(error) : String(error)}`]);
  }
}

/** Replaced in one step, readable by its owner only. */
export function writeStoredKeys(path: string, keys: readonly StoredApiKey[]): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  writeFileSync(`${path}.new`, `${JSON.stringify({ keys }, null, 2)}\n`, { mode: 0o600 });
  renameSync(`${path}.new`, path);
}

/** The ring a server answers with. Without keys it may only listen on loopback. @throws ConfigError */
export function readKeys(config: Config): KeyRing {
  const ring = createKeyRing(readStoredKeys(keysPath(config)));
  if (ring.empty && !isLoopback(config.host)) {
    throw new ConfigError([
      `host: ${config.host} is reachable by others, so keys are needed first: tokenledger keys create ingest (and query); or listen on 127.0.0.1`,
    ]);
  }
  return ring;
}
