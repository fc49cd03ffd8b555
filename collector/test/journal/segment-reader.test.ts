import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { JournalRecord } from '../../src/journal/record.ts';
import { createSegmentReader, encodeSegment, type ReadSegment } from '../../src/journal/segment.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'segment-reader-'));
});
afterEach(() => rm(directory, { recursive: true }));

const recordOf = (body: Uint8Array): JournalRecord => ({
  timeMs: 1,
  tenant: 'acme',
  signal: 'traces',
  encoding: 'protobuf',
  compression: 'identity',
  spans: 1,
  body,
});
const bodiesOf = (records: readonly JournalRecord[]) => records.map(({ body }) => Buffer.from(body).toString('hex'));

async function segmentOf(bodies: readonly Uint8Array[]) {
  const path = join(directory, 'one.segment');
  const content = encodeSegment({ node: '0123456789abcdef', number: 1 }, bodies.map(recordOf));
  await writeFile(path, content);
  return { path, content, bytes: content.length };
}

/** Of each window, what it held before the next was asked for. */
async function windowsOf(read: ReadSegment, segment: { path: string; bytes: number }): Promise<string[][]> {
  const windows: string[][] = [];
  for await (const records of read(segment)) windows.push(bodiesOf(records));
  return windows;
}

test('whatever its window, a reader gives every record once and in order, one segment after another', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(fc.uint8Array({ maxLength: 300 }), { minLength: 1, maxLength: 12 }), { maxLength: 3 }),
      fc.integer({ min: 24, max: 600 }),
      async (segments, windowBytes) => {
        const read = createSegmentReader(windowBytes);
        for (const bodies of segments) {
          const segment = await segmentOf(bodies);
          const windows = await windowsOf(read, segment);
          expect(windows.flat()).toEqual(bodiesOf(bodies.map(recordOf)));
          expect(await windowsOf(createSegmentReader(windowBytes), segment)).toEqual(windows);
        }
      },
    ),
  );
});

test('of a segment larger than its window a reader holds no more than the window at a time', async () => {
  const bodies = Array.from({ length: 50 }, (_, index) => Buffer.alloc(100, index));
  const windows = await windowsOf(createSegmentReader(1000), await segmentOf(bodies));
  expect(windows.length).toBeGreaterThan(5);
  for (const records of windows) expect(records.length).toBeLessThan(10);
});

test('what stands behind a damaged record, or behind the end, is not read', async () => {
  const bodies = Array.from({ length: 9 }, (_, index) => Buffer.alloc(100, index));
  const segment = await segmentOf(bodies);
  const size = (segment.bytes - 24) / bodies.length;
  const firstFour = bodiesOf(bodies.slice(0, 4).map(recordOf));
  for (const windowBytes of [24, 100, 300, 5000]) {
    expect((await windowsOf(createSegmentReader(windowBytes), { ...segment, bytes: 24 + 4 * size })).flat()).toEqual(firstFour);
    for (const at of [4, 8, 30, size - 1]) {
      const damaged = Buffer.from(segment.content);
      damaged[24 + 4 * size + at]! ^= 0xff;
      await writeFile(segment.path, damaged);
      expect((await windowsOf(createSegmentReader(windowBytes), segment)).flat()).toEqual(firstFour);
    }
    await writeFile(segment.path, segment.content);
  }
});

test('a file that is shorter than its segment was ends where it ends', async () => {
  const bodies = Array.from({ length: 5 }, (_, index) => Buffer.alloc(100, index));
  const segment = await segmentOf(bodies);
  const size = (segment.bytes - 24) / bodies.length;
  for (const cut of [1, size - 40, size - 2]) {
    await writeFile(segment.path, segment.content.subarray(0, segment.bytes - size - cut));
    for (const windowBytes of [24, 100, 5000])
      expect((await windowsOf(createSegmentReader(windowBytes), segment)).flat()).toEqual(bodiesOf(bodies.slice(0, 3).map(recordOf)));
  }
});
