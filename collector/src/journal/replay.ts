import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { DEAD_LETTER_FOLDER } from './dead-letter.ts';
import { Journal } from './journal.ts';
import { JOURNAL_LIMITS } from './limits.ts';
import { readSegmentFile } from './segment.ts';

export interface Replayed {
  readonly letters: number;
  readonly records: number;
  readonly spans: number;
}

/**
 * Puts the dead letters of a journal back into it, to be tried again by the next collector that opens it: after an update that
 * mends their reason. What was stored of their requests the first time is recognised and not counted twice. Bytes that hold no
 * whole record stay where they are. The collector of this journal must not be running.
 * @throws DirectoryInUseError
 */
export async function replayDeadLetters({ journalDir, log }: { journalDir: string; log: Logger }): Promise<Replayed> {
  const journal = await Journal.open({
    directory: journalDir,
    limits: { ...JOURNAL_LIMITS, journalBytes: Infinity },
    durability: 'fsync',
    log,
  });
  const replayed = { letters: 0, records: 0, spans: 0 };
  try {
    for (const path of await listLetters(journalDir)) {
      const { records } = await readSegmentFile(path);
      for (const record of records) {
        await journal.append({ record, plainBytes: record.body.length });
        replayed.records += 1;
        replayed.spans += record.spans;
      }
      await rm(path);
      await rm(path.replace(/segment$/, 'json'), { force: true });
      replayed.letters += 1;
    }
  } finally {
    await journal.close();
  }
  return replayed;
}

async function listLetters(journalDir: string): Promise<string[]> {
  const directory = join(journalDir, DEAD_LETTER_FOLDER);
  const names = await readdir(directory).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  return names
    .filter((name) => name.endsWith('.segment'))
    .toSorted()
    .map((name) => join(directory, name));
}
