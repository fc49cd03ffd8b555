import { open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { syncDirectory } from './sync-directory.ts';

/** Replaces a file of the journal's directory in one step, synced. */
export async function writeState(directory: string, file: string, state: unknown): Promise<void> {
  const path = join(directory, file);
  const opened = await open(`${path}.new`, 'w', 0o600);
  try {
    await opened.writeFile(JSON.stringify(state, bigintToJson));
    await opened.datasync();
  } finally {
    await opened.close();
  }
  await rename(`${path}.new`, path);
  await syncDirectory(directory);
}

/** `undefined` when it was never written. @throws what reading throws, SyntaxError for a file that is not ours */
export async function readState(directory: string, file: string): Promise<unknown> {
  const text = await readFile(join(directory, file), 'utf8').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  });
  return text === undefined ? undefined : JSON.parse(text, jsonToBigint);
}

/** JSON has no bigint: it is written as `{"bigint":"42"}`. */
function bigintToJson(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? { bigint: String(value) } : value;
}

function jsonToBigint(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Object.keys(value).length !== 1 || !('bigint' in value)) return value;
  return typeof value.bigint === 'string' && /^-?\d+$/.test(value.bigint) ? BigInt(value.bigint) : value;
}
