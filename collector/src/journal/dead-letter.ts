import { mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from 'pino';
import type { JournalRecord } from './record.ts';
import { encodeSegment, type SegmentIdentity, segmentToken } from './segment.ts';
import { syncDirectory } from './sync-directory.ts';

export type DeadLetterReason = 'undecodable' | 'refused_by_ledger' | 'failed_in_accounting' | 'corrupt';

/** What could not be stored and why. It leaves the books as dropped, and the disk only by replay or by the operator. */
export interface DeadLetter {
  readonly from: SegmentIdentity;
  readonly reason: DeadLetterReason;
  readonly message: string;
  /** Whole records, to be replayed; or bytes that are no records any more, kept for whoever wants to look. */
  readonly content: readonly JournalRecord[] | Buffer;
}

export const DEAD_LETTER_FOLDER = 'dead-letter';

/**
 * Writes `<token>-<time>.<reason>.segment` (or `.bytes`) and beside it `….json` with the message, both synced.
 */
export async function writeDeadLetter(journalDir: string, letter: DeadLetter, nowMs: number): Promise<void> {
  const directory = join(journalDir, DEAD_LETTER_FOLDER);
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const { from, reason, message, content } = letter;
  const name = `${segmentToken(from)}-${nowMs}-${process.hrtime.bigint() % 1_000_000n}.${reason}`;
  const [kind, bytes] = Buffer.isBuffer(content) ? (['bytes', content] as const) : (['segment', encodeSegment(from, content)] as const);
  await writeSynced(join(directory, `${name}.${kind}`), bytes);
  const about = { segment: segmentToken(from), reason, message, at: new Date(nowMs).toISOString(), bytes: bytes.length };
  await writeSynced(join(directory, `${name}.json`), `${JSON.stringify(about, null, 2)}\n`);
  await syncDirectory(directory);
}

async function writeSynced(path: string, content: Uint8Array | string): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
}

export function setAsideIn(journalDir: string, log: Logger): (letter: DeadLetter) => Promise<void> {
  return async (letter) => {
    await writeDeadLetter(journalDir, letter, Date.now());
    const { from, reason, message } = letter;
    log.error({ segment: from.number, reason }, `set aside as a dead letter: ${message}`);
  };
}
