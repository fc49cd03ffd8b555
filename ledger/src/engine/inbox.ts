/**
 * Data of inserts that is not sent. Whoever may write to the data directory leaves it as a file in the engine's inbox, and the request names the file
 * instead of carrying its bytes: through a socket and a stream they would pass the engine's JavaScript, which costs more than ClickHouse reading them.
 */
import { randomUUID } from 'node:crypto';
import { mkdirSync, rmSync } from 'node:fs';
import { type FileHandle, open, rm, stat } from 'node:fs/promises';
import type { IncomingHttpHeaders } from 'node:http';
import { join } from 'node:path';
import { refuse } from './clickhouse-error.ts';
import type { SpooledData } from './spooled-data.ts';

/** Names a file of the inbox; the request is an `INSERT … FORMAT` without data. */
export const INBOX_HEADER = 'x-tokenledger-inbox';

export const inboxOf = (dataDir: string): string => join(dataDir, 'inbox');

/**
 * An engine that crashed leaves to the next what its senders wait to see stored. Of a process that ended what is left is nobody's: whoever wrote it
 * repeats it from what he has on disk.
 */
export function openInbox(dataDir: string, whatIsThere: 'empty' | 'keep'): void {
  if (whatIsThere === 'empty') rmSync(inboxOf(dataDir), { recursive: true, force: true });
  mkdirSync(inboxOf(dataDir), { recursive: true, mode: 0o700 });
}

export interface LeftData {
  /** Of the request. */
  readonly headers: Readonly<Record<string, string>>;
  /** By the sender, when it is stored or given up: the engine removes nothing of the inbox. */
  readonly remove: () => Promise<void>;
}

/** What becomes one file, in order. What was given may be gone when more is asked for. */
export type Pieces = Iterable<readonly Buffer[]> | AsyncIterable<readonly Buffer[]>;

/** The sender's side: the pieces become one file. */
export async function leaveInInbox(inbox: string, pieces: Pieces): Promise<LeftData> {
  const name = `data-${randomUUID()}`;
  const path = join(inbox, name);
  const remove = () => rm(path, { force: true });
  const file = await open(path, 'wx', 0o600);
  try {
    let end = 0;
    for await (const buffers of pieces) end += await writeWhole(file, buffers, end);
  } catch (cause) {
    await remove();
    throw cause;
  } finally {
    await file.close();
  }
  return { headers: { [INBOX_HEADER]: name }, remove };
}

/** Returns how many bytes that were. */
export async function writeWhole(file: FileHandle, buffers: readonly Buffer[], at: number): Promise<number> {
  const { bytesWritten } = await file.writev(buffers, at);
  if (bytesWritten < buffers.reduce((sum, { length }) => sum + length, 0)) throw new Error('the disk took only a part of an insert');
  return bytesWritten;
}

const NAME = /^data-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** The engine's side: what a request names, if it names something. Throws a refusal where there is no such file. */
export async function findInInbox(headers: IncomingHttpHeaders): Promise<SpooledData | undefined> {
  const name = headers[INBOX_HEADER];
  if (name === undefined) return undefined;
  // The spool directory, to which names are relative, lies beside the inbox.
  const file = join('..', 'inbox', String(name));
  const size = NAME.test(String(name))
    ? await stat(file).then(
        (found) => found.size,
        () => undefined,
      )
    : undefined;
  if (size === undefined) throw refuse('FILE_DOESNT_EXIST', 'What the insert names is not in the inbox.');
  return { file, bytes: size, remove: async () => {} };
}
