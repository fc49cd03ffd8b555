import { readdir, rm, stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { writeDeadLetter } from './dead-letter.ts';
import {
  readSegmentFile,
  type Segment,
  type SegmentContent,
  type SegmentIdentity,
  segmentNumber,
  segmentPath,
  segmentToken,
} from './segment.ts';

export interface Recovered {
  readonly segments: Segment[];
  /** The highest number seen on any file. */
  readonly highest: number;
  readonly corruptBytes: number;
}

/**
 * Only the oldest segment can have been on its way to the ledger. Was that longer ago than this, the ledger may have forgotten the
 * token, and what it holds of the segment must be taken as it is.
 */
const TOKEN_REMEMBERED_MS = 60_000;
/** The clock of the file system and that of the process are not read at once. */
const CLOCK_STEP_MS = 1000;

/**
 * What a former process left behind, in the order it came. A record that a crash cut was never acknowledged; one that was
 * damaged later was. Nobody can tell the two apart, so what is left of either goes to the dead letters and is counted.
 */
export async function recoverSegments(directory: string, done: number, nowMs: number): Promise<Recovered> {
  const segments: Segment[] = [];
  let highest = done;
  let corruptBytes = 0;
  const numbers = await listSegments(directory);
  const agoMs = nowMs - (await lastChangeMs(directory));
  // A journal from the future tells that the clock was set back, and not how long ago it was.
  const interrupted = agoMs > -CLOCK_STEP_MS && agoMs < TOKEN_REMEMBERED_MS ? 'just now' : 'long ago';
  for (const number of numbers) {
    const path = segmentPath(directory, number);
    highest = Math.max(highest, number);
    if (number <= done) {
      await rm(path);
      continue;
    }
    const content = await readSegmentFile(path);
    // It was to be used again and its head did not reach the disk: what it holds is stored.
    if (content.identity && content.identity.number !== number) {
      await rm(path);
      continue;
    }
    if (content.corrupt.length > 0) {
      corruptBytes += content.corrupt.length;
      await setCorruptAside(directory, { node: '0'.repeat(16), number, ...content.identity }, content, nowMs);
    }
    const segment = toSegment(path, content);
    if (segment) {
      await truncate(path, segment.bytes);
      segments.push({ ...segment, interrupted: segments.length === 0 ? interrupted : 'no' });
    } else await rm(path);
  }
  return { segments, highest, corruptBytes };
}

async function listSegments(directory: string): Promise<number[]> {
  const numbers = (await readdir(directory)).map(segmentNumber).filter((number) => number !== undefined);
  return numbers.toSorted((a, b) => a - b);
}

async function lastChangeMs(directory: string): Promise<number> {
  const files = await readdir(directory);
  const times = await Promise.all(files.map(async (name) => (await stat(join(directory, name))).mtimeMs));
  return Math.max(0, ...times);
}

async function setCorruptAside(directory: string, from: SegmentIdentity, { records, corrupt }: SegmentContent, nowMs: number) {
  const message = `${corrupt.length} bytes behind ${records.length} good records: cut by a crash before they were acknowledged, or damaged`;
  await writeDeadLetter(directory, { from, reason: 'corrupt', message, content: corrupt }, nowMs);
}

function toSegment(path: string, { identity, records, end }: SegmentContent): Segment | undefined {
  const [first] = records;
  if (!identity || !first) return undefined;
  return {
    ...identity,
    token: segmentToken(identity),
    path,
    bytes: end,
    spans: records.reduce((sum, record) => sum + record.spans, 0),
    sinceMs: first.timeMs,
    interrupted: 'no',
    isRecovered: true,
  };
}
