import {
  constants,
  type FileHandle,
  mkdtemp,
  open as openFile,
  readdir,
  readFile,
  readlink,
  rm,
  stat,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { setAsideIn } from '../../src/journal/dead-letter.ts';
import { Journal } from '../../src/journal/journal.ts';
import { type Durability, JOURNAL_LIMITS, type JournalLimits } from '../../src/journal/limits.ts';
import type { JournalRecord } from '../../src/journal/record.ts';
import { replayDeadLetters } from '../../src/journal/replay.ts';
import { SegmentMaker } from '../../src/journal/segment-maker.ts';
import { createSegmentReader, SEGMENT_HEAD_BYTES, type Segment } from '../../src/journal/segment.ts';

const log = pino({ level: 'silent' });
let directory: string;
const opened: Journal[] = [];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'journal-'));
});
afterEach(async () => {
  vi.restoreAllMocks();
  for (const journal of opened.splice(0)) await journal.close().catch(() => undefined);
  await rm(directory, { recursive: true });
});

async function open(limits: Partial<JournalLimits> = {}, durability: Durability = 'fsync'): Promise<Journal> {
  const journal = await Journal.open({
    directory,
    limits: { ...JOURNAL_LIMITS, segmentMs: 60_000, ...limits },
    durability,
    log,
  });
  opened.push(journal);
  return journal;
}

/** As after kill -9: nothing more is written, and the kernel lets go of the lock. */
async function crash(journal: Journal): Promise<void> {
  const files = await snapshot();
  await journal.close();
  for (const name of await readdir(directory)) await rm(join(directory, name), { recursive: true });
  for (const [name, content] of files) await writeFile(join(directory, name), content);
}

async function snapshot(): Promise<[string, Buffer][]> {
  const names = (await readdir(directory, { withFileTypes: true })).filter((entry) => entry.isFile() && !entry.name.startsWith('lock'));
  return Promise.all(names.map(async ({ name }) => [name, await readFile(join(directory, name))] as [string, Buffer]));
}

const entry = (id: number, spans = 1, body = Buffer.from(`body ${id}`)) => ({
  record: {
    timeMs: 1_000 + id,
    tenant: 'acme',
    signal: 'traces',
    encoding: 'protobuf',
    compression: 'identity',
    spans,
    body,
  } satisfies JournalRecord,
  plainBytes: body.length,
});
const bodies = (records: readonly JournalRecord[]) => records.map(({ body }) => Buffer.from(body).toString());

async function readSegment(segment: Segment): Promise<readonly JournalRecord[]> {
  const records: JournalRecord[] = [];
  for await (const window of createSegmentReader()(segment))
    for (const record of window) records.push({ ...record, body: Buffer.from(record.body) });
  return records;
}

/** By one who remembers nothing that lies in its file. */
async function stored(journal: Journal, segment: Segment): Promise<void> {
  await journal.done(segment);
  await journal.reuse(segment.number);
}

/** Takes every segment that is left, in order. */
async function drain(journal: Journal): Promise<{ segments: Segment[]; bodies: string[] }> {
  await journal.seal();
  const drained: { segments: Segment[]; bodies: string[] } = { segments: [], bodies: [] };
  for (let segment = await journal.next(); segment; segment = await journal.next()) {
    drained.segments.push(segment);
    drained.bodies.push(...bodies(await readSegment(segment)));
    await stored(journal, segment);
  }
  return drained;
}

test('an appended record survives a crash, with the token its segment had', async () => {
  const first = await open({ segmentSpans: 2 });
  await first.append(entry(1));
  await first.append(entry(2));
  const { token } = (await first.next())!;
  await first.append(entry(3));
  await crash(first);
  const second = await open();
  expect(second.state).toMatchObject({ spans: 3, segments: 2, oldestMs: 1001, corruptBytes: 0 });
  const drained = await drain(second);
  expect(drained.bodies).toEqual(['body 1', 'body 2', 'body 3']);
  expect(drained.segments[0]?.token).toBe(token);
  expect(second.state).toMatchObject({ spans: 0, bytes: 0, segments: 0, oldestMs: undefined });
  expect((await readdir(directory)).filter((name) => name.endsWith('.segment'))).toEqual([]);
});

test('records appended together are written together, in order, and none is lost', async () => {
  const journal = await open({ segmentSpans: 50 });
  const ids = Array.from({ length: 500 }, (_, id) => id);
  await Promise.all(ids.map((id) => journal.append(entry(id))));
  expect(journal.state.spans).toBe(500);
  const drained = await drain(journal);
  expect(drained.bodies).toEqual(ids.map((id) => `body ${id}`));
  expect(new Set(drained.segments.map(({ token }) => token)).size).toBe(drained.segments.length);
});

test('a segment closes after its time even if nothing more arrives', async () => {
  const journal = await open({ segmentMs: 30 });
  await journal.append(entry(1));
  const segment = await journal.next();
  expect(segment).toMatchObject({ spans: 1, isRecovered: false });
});

test('a segment that was done does not come again, and its number is not used again', async () => {
  const first = await open({ segmentSpans: 1 });
  await first.append(entry(1));
  const segment = (await first.next())!;
  const before = await snapshot();
  await first.done(segment);
  await crash(first);
  // The crash may have come between the note and the removal of the file.
  for (const [name, content] of before) if (name.endsWith('.segment')) await writeFile(join(directory, name), content);
  const second = await open({ segmentSpans: 1 });
  expect(second.state.segments).toBe(0);
  await second.append(entry(2));
  const next = (await second.next())!;
  expect(next.number).toBeGreaterThan(segment.number);
  expect(next.token).not.toBe(segment.token);
});

test('a torn note of progress falls back to the one before', async () => {
  const first = await open({ segmentSpans: 1 });
  for (const id of [1, 2, 3]) {
    await first.append(entry(id));
    await first.done((await first.next())!);
  }
  await first.append(entry(4));
  await crash(first);
  const path = join(directory, 'progress');
  const slots = await readFile(path);
  const newest = slots.indexOf('000000000000003');
  slots.fill(0, newest + 9, newest + 20);
  await writeFile(path, slots);
  // Of which the file is there as long as it is not used again.
  expect((await drain(await open())).bodies).toEqual(['body 3', 'body 4']);
});

test('what is left of a record that was cut is set aside and counted; the good ones before it are kept', async () => {
  const first = await open();
  await first.append(entry(1));
  await first.append(entry(2));
  const [name = ''] = await segmentFiles();
  const end = (await stat(join(directory, name))).size;
  await first.append(entry(3));
  await crash(first);
  await truncate(join(directory, name), end + 11);
  const second = await open();
  expect(second.state).toMatchObject({ spans: 2, corruptBytes: 11 });
  await crash(second);
  const third = await open();
  expect(third.state).toMatchObject({ spans: 2, corruptBytes: 0 });
  expect((await drain(third)).bodies).toEqual(['body 1', 'body 2']);
});

test('a file that is no segment is set aside whole', async () => {
  await writeFile(join(directory, '000000000009.segment'), 'not a segment at all');
  const journal = await open({ segmentSpans: 1 });
  expect(journal.state).toMatchObject({ segments: 0, corruptBytes: 20 });
  expect((await readdir(join(directory, 'dead-letter'))).map((name) => name.replace(/^.*\.corrupt/, 'corrupt')).toSorted()).toEqual([
    'corrupt.bytes',
    'corrupt.json',
  ]);
  await journal.append(entry(1));
  expect((await journal.next())!.number).toBe(10);
});

test.each([
  ['a moment ago', 0, 'just now'],
  ['two minutes ago', 120_000, 'long ago'],
  ['in what is the future now that the clock was set back', -3_600_000, 'long ago'],
])('a segment left %s is known to be so', async (_, agoMs, interrupted) => {
  const left = await open();
  await left.append(entry(1));
  await left.close();
  const then = new Date(Date.now() - agoMs);
  for (const name of await readdir(directory)) await utimes(join(directory, name), then, then);
  expect(await (await open()).next()).toMatchObject({ interrupted });
});

test('a full journal refuses and takes again when the ledger has caught up', async () => {
  const journal = await open({ segmentSpans: 1, journalBytes: 150 });
  await journal.append(entry(1, 1, Buffer.alloc(120)));
  await expect(journal.append(entry(2))).rejects.toMatchObject({ code: 'journal_full', status: 503, retryable: true });
  expect(await journal.refusal()).toMatch(/full/);
  await journal.done((await journal.next())!);
  expect(await journal.refusal()).toBeUndefined();
  await journal.append(entry(3));
  expect(journal.state.spans).toBe(1);
});

test('a journal that is full, or has room again, says so once, with what it waits for', async () => {
  const lines: string[] = [];
  const telling = pino({ level: 'info' }, { write: (line: string) => void lines.push(line) });
  const limits = { ...JOURNAL_LIMITS, segmentSpans: 1, segmentMs: 60_000, journalBytes: 150 };
  const journal = await Journal.open({ directory, limits, durability: 'fsync', log: telling });
  opened.push(journal);
  for (const round of [1, 2]) {
    await journal.append(entry(round, 3, Buffer.alloc(120)));
    for (let attempt = 0; attempt < 3; attempt++) await expect(journal.append(entry(9))).rejects.toMatchObject({ code: 'journal_full' });
    expect(journal.state).toMatchObject({ limitBytes: 150, spans: 3 });
    await journal.done((await journal.next())!);
  }
  const told = lines.map((line) => JSON.parse(line) as { level: number; msg: string; spans?: number; limitBytes?: number });
  expect(told).toMatchObject(
    [
      { level: 50, msg: /full/, spans: 3, limitBytes: 150 },
      { level: 30, msg: /room again/ },
      { level: 50, msg: /full/ },
      { level: 30, msg: /room again/ },
    ].map(({ msg, ...rest }) => ({ ...rest, msg: expect.stringMatching(msg) as string })),
  );
});

test('a journal that its senders keep full says so once, although each stored segment makes room for one more', async () => {
  const lines: string[] = [];
  const telling = pino({ level: 'info' }, { write: (line: string) => void lines.push(line) });
  const limits = { ...JOURNAL_LIMITS, segmentSpans: 1, segmentMs: 60_000, journalBytes: 20_000 };
  const journal = await Journal.open({ directory, limits, durability: 'fsync', log: telling });
  opened.push(journal);
  let span = 0;
  const fill = async () => {
    while (journal.state.bytes < limits.journalBytes) await journal.append(entry(++span, 1, Buffer.alloc(1000)));
    await expect(journal.append(entry(0))).rejects.toMatchObject({ code: 'journal_full' });
  };
  for (let round = 0; round < 5; round++) {
    await fill();
    await journal.done((await journal.next())!);
  }
  expect(lines).toHaveLength(1);
  while (journal.state.segments > 0) await journal.done((await journal.next())!);
  expect(lines.map((line) => (JSON.parse(line) as { msg: string }).msg)).toEqual([
    expect.stringMatching(/full/) as string,
    expect.stringMatching(/room again/) as string,
  ]);
});

test('a disk without room refuses before anything is written', async () => {
  const journal = await open({ freeDiskBytes: Number.MAX_SAFE_INTEGER });
  await expect(journal.append(entry(1))).rejects.toMatchObject({ code: 'journal_unwritable', status: 503, retryable: true });
  expect(await journal.refusal()).toMatch(/bytes left/);
  expect(journal.state).toMatchObject({ spans: 0, segments: 0 });
});

/** Every file handle of this process, so that the disk can be made to fail. */
async function fileHandles(): Promise<FileHandle> {
  const file = await openFile(directory, 'r');
  await file.close();
  return Object.getPrototypeOf(file) as FileHandle;
}

/** Of the segment being filled, as the kernel has it open. */
async function flagsOfSegment(): Promise<number> {
  for (const fd of await readdir('/proc/self/fd')) {
    const path = await readlink(`/proc/self/fd/${fd}`).catch(() => '');
    if (!path.startsWith(directory) || !path.endsWith('.segment')) continue;
    const [, flags = ''] = /^flags:\s+(\d+)/m.exec(await readFile(`/proc/self/fdinfo/${fd}`, 'utf8')) ?? [];
    return Number.parseInt(flags, 8);
  }
  throw new Error('no segment is open');
}

test.runIf(process.platform === 'linux')('a write to the journal returns when it is on disk, if that was asked for', async () => {
  await (await open()).append(entry(1));
  expect((await flagsOfSegment()) & constants.O_DSYNC).toBe(constants.O_DSYNC);
  await opened.pop()?.close();
  await (await open({}, 'write')).append(entry(2));
  expect((await flagsOfSegment()) & constants.O_DSYNC).toBe(0);
});

test('an append is not answered before its bytes are written', async () => {
  const journal = await open();
  await journal.append(entry(1));
  const order: string[] = [];
  const handles = await fileHandles();
  const write: unknown = Reflect.get(handles, 'writev');
  vi.spyOn(handles, 'writev').mockImplementation(async function slow(this: FileHandle, ...about: unknown[]) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    const written: unknown = typeof write === 'function' ? await write.apply(this, about) : undefined;
    order.push('written');
    return written as Awaited<ReturnType<FileHandle['writev']>>;
  });
  await journal.append(entry(2)).then(() => order.push('answered'));
  expect(order).toEqual(['written', 'answered']);
});

/** Holds every write back until it is let go, in whatever order. */
async function holdWrites(): Promise<{ begun: number; letGo: (index: number, error?: Error) => void }> {
  const handles = await fileHandles();
  const write: unknown = Reflect.get(handles, 'writev');
  const held: PromiseWithResolvers<void>[] = [];
  vi.spyOn(handles, 'writev').mockImplementation(async function wait(this: FileHandle, ...about: unknown[]) {
    const turn = Promise.withResolvers<void>();
    held.push(turn);
    await turn.promise;
    const written: unknown = typeof write === 'function' ? await write.apply(this, about) : undefined;
    return written as Awaited<ReturnType<FileHandle['writev']>>;
  });
  return {
    get begun() {
      return held.length;
    },
    letGo: (index, error) => (error ? held[index]?.reject(error) : held[index]?.resolve()),
  };
}

test('a slow write does not hold back the next, whose answer waits for it', async () => {
  const journal = await open();
  await journal.append(entry(1));
  const writes = await holdWrites();
  const answered: number[] = [];
  const append = (id: number) => journal.append(entry(id)).then(() => answered.push(id));
  const appended = [append(2)];
  await vi.waitFor(() => expect(writes.begun).toBe(1));
  appended.push(append(3));
  await vi.waitFor(() => expect(writes.begun).toBe(2));
  writes.letGo(1);
  await vi.waitFor(async () => expect((await readFile(await pathOfSegment())).includes('body 3')).toBe(true));
  expect(answered).toEqual([]);
  writes.letGo(0);
  await Promise.all(appended);
  expect(answered).toEqual([2, 3]);
  vi.restoreAllMocks();
  expect((await drain(journal)).bodies).toEqual(['body 1', 'body 2', 'body 3']);
});

test('when one of several writes fails, those behind it are refused with it and nothing of them stays', async () => {
  const journal = await open();
  await journal.append(entry(1));
  const writes = await holdWrites();
  const appended = [2, 3].map(async (id) => {
    await vi.waitFor(() => expect(writes.begun).toBe(id - 2));
    await journal.append(entry(id));
  });
  await vi.waitFor(() => expect(writes.begun).toBe(2));
  writes.letGo(1);
  await vi.waitFor(async () => expect((await readFile(await pathOfSegment())).includes('body 3')).toBe(true));
  writes.letGo(0, Object.assign(new Error('input/output error'), { code: 'EIO' }));
  for (const one of appended) await expect(one).rejects.toMatchObject({ code: 'journal_unwritable', retryable: true });
  vi.restoreAllMocks();
  await journal.append(entry(4));
  expect(journal.state).toMatchObject({ spans: 2 });
  const segment = (await journal.next())!;
  expect((await readFile(segment.path)).includes('body 3')).toBe(false);
  await journal.done(segment);
  expect((await drain(journal)).bodies).toEqual(['body 4']);
});

const segmentFiles = async () => (await readdir(directory)).filter((name) => name.endsWith('.segment'));
const pathOfSegment = async () => join(directory, (await segmentFiles())[0] ?? '');

test('the next segment is made before it is needed, holds nothing until then, and goes with the journal', async () => {
  const journal = await open({ segmentMs: 200, segmentSpans: 2 });
  const isEmpty = async (name = '') => (await stat(join(directory, name))).size === SEGMENT_HEAD_BYTES;
  await journal.append(entry(1));
  await vi.waitFor(async () => expect(await segmentFiles()).toHaveLength(2));
  const [, made] = await segmentFiles();
  await vi.waitFor(async () => expect(await isEmpty(made)).toBe(true));
  await journal.append(entry(2));
  await journal.append(entry(3));
  expect(await isEmpty(made)).toBe(false);
  await vi.waitFor(async () => expect(await isEmpty((await segmentFiles()).at(-1))).toBe(true));
  await crash(journal);
  const next = await open();
  expect(next.state).toMatchObject({ spans: 3, corruptBytes: 0 });
  expect((await drain(next)).bodies).toEqual(['body 1', 'body 2', 'body 3']);
  expect(await segmentFiles()).toEqual([]);
});

const inodes = async () => Promise.all((await segmentFiles()).map(async (name) => (await stat(join(directory, name))).ino));

/** A journal of which one stored segment's file waits to be used again: longer than what a test writes after it. */
async function openWithSpare(limits: Partial<JournalLimits> = {}) {
  const journal = await open({ segmentSpans: 1, ...limits });
  await journal.append(entry(1, limits.segmentSpans, Buffer.from(Array.from({ length: 20 }, (_, id) => `old body ${id}`).join(''))));
  const segment = (await journal.next())!;
  const [spare] = await inodes();
  await stored(journal, segment);
  return { journal, spare };
}

test('the file of a stored segment is used again when nobody reads it, and not before', async () => {
  const journal = await open({ segmentSpans: 1 });
  await journal.append(entry(1));
  const first = (await journal.next())!;
  const [old] = await inodes();
  await journal.done(first);
  await journal.append(entry(2));
  await journal.done((await journal.next())!);
  expect(await inodes()).toEqual([old, expect.not.toBeOneOf([old])]);
  await journal.reuse(first.number);
  await journal.append(entry(3));
  const third = (await journal.next())!;
  expect((await stat(third.path)).ino).toBe(old);
  expect(bodies(await readSegment(third))).toEqual(['body 3']);
});

test('of a file that is used again nothing is read but what was written last, also after a crash', async () => {
  const { journal, spare } = await openWithSpare({ segmentSpans: 3 });
  await journal.append(entry(2));
  await journal.append(entry(3));
  expect(await inodes()).toEqual([spare]);
  await crash(journal);
  const second = await open();
  expect(second.state).toMatchObject({ spans: 2, segments: 1, corruptBytes: 0 });
  expect(await drain(second)).toMatchObject({ bodies: ['body 2', 'body 3'] });
});

test('a file that was taken to be used again and holds nothing new yet is no segment after a crash', async () => {
  const journal = await open({ segmentSpans: 2, segmentMs: 1000 });
  await journal.append(entry(1, 2));
  const first = (await journal.next())!;
  const [old] = await inodes();
  await journal.append(entry(2));
  await stored(journal, first);
  await vi.waitFor(async () => expect(await segmentFiles()).toEqual(['000000000002.segment', '000000000003.segment']));
  expect(await inodes()).toEqual([expect.not.toBeOneOf([old]), old]);
  await crash(journal);
  const second = await open();
  expect(second.state).toMatchObject({ spans: 1, segments: 1, corruptBytes: 0 });
  expect(await segmentFiles()).toEqual(['000000000002.segment']);
});

test('a file that has a new name and its old head is no segment after a power cut', async () => {
  const journal = await open({ segmentSpans: 1 });
  await journal.append(entry(1));
  const segment = (await journal.next())!;
  const content = await readFile(segment.path);
  await stored(journal, segment);
  await journal.close();
  await writeFile(join(directory, '000000000009.segment'), content);
  const second = await open();
  expect(second.state).toMatchObject({ spans: 0, segments: 0, corruptBytes: 0 });
  expect(await segmentFiles()).toEqual([]);
});

test('a record that was cut where an older one lies is set aside, the ones before it are kept', async () => {
  const { journal } = await openWithSpare({ segmentSpans: 9 });
  await journal.append(entry(2));
  const path = await pathOfSegment();
  const older = await readFile(path);
  const end = older.indexOf('body 2') + 6;
  await journal.append(entry(3));
  const written = (await readFile(path)).subarray(0, end + 20);
  await crash(journal);
  await writeFile(path, Buffer.concat([written, older.subarray(written.length)]));
  const second = await open();
  expect(second.state.spans).toBe(1);
  expect(second.state.corruptBytes).toBeGreaterThanOrEqual(20);
  expect(second.state.corruptBytes).toBeLessThan(60);
  expect((await drain(second)).bodies).toEqual(['body 2']);
});

test('of many stored segments two files wait to be used again, and go with the journal', async () => {
  const journal = await open({ segmentSpans: 1 });
  for (let id = 1; id <= 5; id++) await journal.append(entry(id));
  for (let id = 1; id <= 5; id++) await stored(journal, (await journal.next())!);
  expect(await segmentFiles()).toHaveLength(2);
  await journal.append(entry(6));
  await journal.done((await journal.next())!);
  expect(await segmentFiles()).toHaveLength(2);
  await journal.close();
  expect(await segmentFiles()).toEqual([]);
});

test('files that wait to be used again go when the disk has little room', async () => {
  let freeDiskBytes = 0;
  const maker = new SegmentMaker({
    directory,
    node: '0123456789abcdef',
    number: 1,
    sync: false,
    get freeDiskBytes() {
      return freeDiskBytes;
    },
  });
  const made = await maker.make();
  await made.close();
  expect(maker.reuse(made.path)).toBe(true);
  freeDiskBytes = Number.MAX_SAFE_INTEGER;
  await expect(maker.make()).rejects.toThrow(/bytes left/);
  expect(await segmentFiles()).toEqual([]);
  freeDiskBytes = 0;
  await (await maker.make()).close();
});

test('the file of a segment that another process left is not used again', async () => {
  const left = await open({ segmentSpans: 1 });
  await left.append(entry(1));
  await crash(left);
  const journal = await open({ segmentSpans: 1 });
  await stored(journal, (await journal.next())!);
  expect(await segmentFiles()).toEqual([]);
});

test('requests of one turn of the loop go to the disk together', async () => {
  const journal = await open();
  await journal.append(entry(1));
  const writes = vi.spyOn(await fileHandles(), 'writev');
  await Promise.all([2, 3, 4].map((id) => journal.append(entry(id))));
  expect(writes).toHaveBeenCalledTimes(1);
});

test('where several come at a time the next are gathered, until enough wait; who comes alone waits for nobody', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  try {
    const journal = await open();
    await journal.append(entry(1));
    const writes = vi.spyOn(await fileHandles(), 'writev');
    const append = (count: number) => Promise.all(Array.from({ length: count }, (_, id) => journal.append(entry(id))));
    const turns = async () => {
      for (let turn = 0; turn < 5; turn++) await setImmediate();
    };
    await append(4);
    const gathered = [append(1)];
    await turns();
    expect(writes).toHaveBeenCalledTimes(1);
    gathered.push(append(1));
    await turns();
    vi.advanceTimersByTime(3);
    await Promise.all(gathered);
    expect(writes).toHaveBeenCalledTimes(2);
    gathered.push(append(1));
    await turns();
    expect(writes).toHaveBeenCalledTimes(2);
    await append(15);
    expect(writes).toHaveBeenCalledTimes(3);
    vi.advanceTimersByTime(6);
    await append(1);
    await append(1);
    expect(writes).toHaveBeenCalledTimes(5);
  } finally {
    vi.useRealTimers();
  }
});

test('a failed write is refused as retryable, harms nothing before it, and heals', async () => {
  const journal = await open();
  await journal.append(entry(1));
  const failing = vi.spyOn(await fileHandles(), 'writev').mockRejectedValue(Object.assign(new Error('no space left'), { code: 'ENOSPC' }));
  for (const id of [2, 3]) {
    await expect(journal.append(entry(id))).rejects.toMatchObject({ code: 'journal_unwritable', status: 503, retryable: true });
  }
  expect(journal.state.spans).toBe(1);
  failing.mockRestore();
  expect(await journal.refusal()).toBeUndefined();
  await journal.append(entry(4));
  expect((await drain(journal)).bodies).toEqual(['body 1', 'body 4']);
});

test('a disk that takes only part of a write gets the rest of it', async () => {
  const journal = await open();
  await journal.append(entry(1));
  const handles = await fileHandles();
  const writev: unknown = Reflect.get(handles, 'writev');
  let writes = 0;
  vi.spyOn(handles, 'writev').mockImplementation(async function short(this: FileHandle, ...[pieces, position]: unknown[]) {
    writes++;
    const part = Buffer.concat(pieces as Uint8Array[]).subarray(0, 30);
    const written: unknown = typeof writev === 'function' ? await writev.call(this, [part], position) : undefined;
    return written as Awaited<ReturnType<FileHandle['writev']>>;
  });
  await Promise.all([2, 3, 4].map((id) => journal.append(entry(id))));
  expect(writes).toBeGreaterThan(2);
  expect((await drain(journal)).bodies).toEqual(['body 1', 'body 2', 'body 3', 'body 4']);
});

test('a second journal on the same directory is refused at once', async () => {
  await open();
  await expect(open()).rejects.toThrow(/in use by another process/);
});

test('after seal nothing is taken, and everything taken can still be had', async () => {
  const journal = await open();
  const appended = journal.append(entry(1));
  const sealed = journal.seal();
  await expect(journal.append(entry(2))).rejects.toMatchObject({ code: 'stopping', retryable: true });
  await Promise.all([appended, sealed]);
  expect((await drain(journal)).bodies).toEqual(['body 1']);
  expect(await journal.next()).toBeUndefined();
});

test('without fsync the same records arrive', async () => {
  for (const durability of ['write', 'memory'] as const) {
    const journal = await open({}, durability);
    await journal.append(entry(1));
    expect(journal.state.spans).toBe(1);
    expect((await drain(journal)).bodies).toEqual(['body 1']);
    await journal.close();
  }
});

test('what is answered before it is written is written as it was then', async () => {
  const journal = await open({}, 'memory');
  const { record, plainBytes } = entry(1);
  await journal.append({ record, plainBytes });
  record.body.fill(0);
  expect((await drain(journal)).bodies).toEqual(['body 1']);
});

test('a dead letter can be replayed, once', async () => {
  const first = await open({ segmentSpans: 2 });
  await first.append(entry(1));
  await first.append(entry(2));
  const segment = (await first.next())!;
  const [, second] = await readSegment(segment);
  await setAsideIn(directory, log)({ from: segment, reason: 'refused_by_ledger', message: 'a test', content: [second!] });
  await first.done(segment);
  await first.close();
  expect(await replayDeadLetters({ journalDir: directory, log })).toEqual({ letters: 1, records: 1, spans: 1 });
  expect(await replayDeadLetters({ journalDir: directory, log })).toEqual({ letters: 0, records: 0, spans: 0 });
  expect((await drain(await open())).bodies).toEqual(['body 2']);
});
