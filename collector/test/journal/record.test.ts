import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { COMPRESSIONS, ENCODINGS, type JournalRecord, SIGNALS, TAG_BYTES } from '../../src/journal/record.ts';
import { decodeSegment, encodeSegment, SEGMENT_HEAD_BYTES } from '../../src/journal/segment.ts';

const record: fc.Arbitrary<JournalRecord> = fc.record({
  timeMs: fc.nat(2 ** 41),
  tenant: fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/),
  signal: fc.constantFrom(...SIGNALS),
  encoding: fc.constantFrom(...ENCODINGS),
  compression: fc.constantFrom(...COMPRESSIONS),
  spans: fc.nat(100_000),
  body: fc.uint8Array({ maxLength: 60 }),
});
const identity = { node: '0123456789abcdef', number: 7 };

const segmentOf = (records: readonly JournalRecord[]): Buffer => encodeSegment(identity, records);

/** Where each record ends: what a reader may return for a file cut at any place. */
const endsOf = (records: readonly JournalRecord[]): number[] => records.map((_, index) => segmentOf(records.slice(0, index + 1)).length);

const plain = (records: readonly JournalRecord[]) => records.map((one) => ({ ...one, body: Buffer.from(one.body).toString('hex') }));

test('what is written is read', () => {
  fc.assert(
    fc.property(fc.array(record, { maxLength: 6 }), (records) => {
      const read = decodeSegment(segmentOf(records));
      expect(read.identity).toEqual(identity);
      expect(plain(read.records)).toEqual(plain(records));
      expect(read.corrupt).toHaveLength(0);
    }),
  );
});

describe('a damaged segment gives the records before the damage, and never another one', () => {
  const records = fc.sample(record, { numRuns: 4, seed: 3 });
  const whole = segmentOf(records);
  const ends = endsOf(records);
  const before = (offset: number) => records.slice(0, ends.filter((end) => end <= offset).length);

  test('cut at every byte', () => {
    for (let length = 0; length <= whole.length; length++) {
      const read = decodeSegment(whole.subarray(0, length));
      expect(plain(read.records)).toEqual(plain(before(length)));
      const cut = length - read.end;
      // Of less than a tag nobody knows whose it is.
      expect(read.corrupt).toHaveLength(read.identity && cut < TAG_BYTES ? 0 : cut);
    }
  });

  test('one bit flipped at every byte', () => {
    for (let at = 0; at < whole.length; at++) {
      const flipped = Buffer.from(whole);
      flipped[at] = (flipped[at] ?? 0) ^ (1 << (at % 8));
      const read = decodeSegment(flipped);
      const isTag = [SEGMENT_HEAD_BYTES, ...ends].some((start) => at >= start && at < start + TAG_BYTES);
      const good = isTag ? records : before(at);
      expect(plain(read.records)).toEqual(at < SEGMENT_HEAD_BYTES ? [] : plain(good));
      if (!isTag) expect(read.corrupt.length).toBeGreaterThan(0);
      // Unless the length of the last is what was flipped.
      if (!isTag && at < (ends.at(-2) ?? 0)) expect(read.end + read.corrupt.length).toBe(whole.length);
    }
  });

  test('filled with zeros from every byte on', () => {
    for (let at = 0; at < whole.length; at++) {
      const zeroed = Buffer.concat([whole.subarray(0, at), Buffer.alloc(200)]);
      const read = decodeSegment(zeroed);
      const expected = plain(before(at));
      // The last bytes of a body may have been zeros already.
      expect(plain(read.records).slice(0, expected.length)).toEqual(expected);
      expect(read.records.length).toBeLessThanOrEqual(expected.length + 1);
      for (const [index, one] of plain(read.records).entries()) expect(one).toEqual(plain(records)[index]);
    }
  });

  test('followed by anything: what has not its tag is not of it', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 80 }), (tail) => {
        const read = decodeSegment(Buffer.concat([whole, tail]));
        expect(plain(read.records)).toEqual(plain(records));
        expect(read.corrupt).toHaveLength(0);
      }),
    );
  });
});

describe('a segment that is written over an older one of the same node', () => {
  /** Some of the same sizes, so that the records of both begin in the same places. */
  const bodies = fc.array(fc.uint8Array({ minLength: 0, maxLength: 9 }), { minLength: 1, maxLength: 5 });
  const recordsOf = (all: readonly Uint8Array[]): JournalRecord[] =>
    all.map((body) => ({ timeMs: 1, tenant: 'acme', signal: 'traces', encoding: 'protobuf', compression: 'identity', spans: 1, body }));
  const olderOf = (all: readonly Uint8Array[], number: number) => encodeSegment({ ...identity, number }, recordsOf(all));
  const over = (whole: Uint8Array, older: Uint8Array) => Buffer.concat([whole, older.subarray(whole.length)]);

  test('gives its own records and nothing of the other, wherever it ends', () => {
    fc.assert(
      fc.property(bodies, bodies, fc.nat(6), (now, then, number) => {
        const whole = segmentOf(recordsOf(now));
        const read = decodeSegment(over(whole, olderOf([...now, ...then], number)));
        expect(read.identity).toEqual(identity);
        expect(plain(read.records)).toEqual(plain(recordsOf(now)));
        expect(read.end).toBe(whole.length);
        expect(read.corrupt).toHaveLength(0);
      }),
    );
  });

  test('gives the records before the place where writing was cut, and names the one that was cut', () => {
    fc.assert(
      fc.property(bodies, bodies, fc.nat(6), fc.nat(), (now, then, number, where) => {
        const records = recordsOf(now);
        const whole = segmentOf(records);
        const at = SEGMENT_HEAD_BYTES + (where % (whole.length - SEGMENT_HEAD_BYTES));
        const read = decodeSegment(over(whole.subarray(0, at), olderOf([...then, ...now], number)));
        const ends = endsOf(records);
        const good = ends.filter((end) => end <= at).length;
        const begun = ends[good - 1] ?? SEGMENT_HEAD_BYTES;
        // What stood behind the cut may be what would have been written there.
        expect(read.records.length).toBeGreaterThanOrEqual(good);
        expect(plain(read.records)).toEqual(plain(records.slice(0, read.records.length)));
        if (read.records.length > good || at - begun < TAG_BYTES) return;
        expect(read.end).toBe(begun);
        expect(read.corrupt.length).toBeGreaterThanOrEqual(at - begun);
      }),
    );
  });

  test('of which a stretch was never written gives the records before it, and names all behind it', () => {
    fc.assert(
      fc.property(bodies, fc.nat(6), fc.nat(4), (now, number, which) => {
        const records = recordsOf([...now, Buffer.from('the last')]);
        const whole = segmentOf(records);
        const ends = [SEGMENT_HEAD_BYTES, ...endsOf(records)];
        const lost = which % now.length;
        const damaged = Buffer.from(whole);
        damaged.set(olderOf([...now, Buffer.from('the last')], number).subarray(ends[lost], ends[lost + 1]), ends[lost]);
        const read = decodeSegment(damaged);
        expect(plain(read.records)).toEqual(plain(records.slice(0, lost)));
        expect(read.end + read.corrupt.length).toBe(whole.length);
      }),
    );
  });
});

test('a segment of the first format is read', () => {
  const bytes = Buffer.from(
    'VExKMQEjRWeJq83vBwAAAAAAAAAgeOjjGgAAAL7aalgAAAAAAEiPQAEAAAAAAAAEYWNtZWJvZHkgMRoAAAD8TfNFAAAAAABQj0ACAAAAAAAABGFjbWVib2R5IDI=',
    'base64',
  );
  const kind = { tenant: 'acme', signal: 'traces', encoding: 'protobuf', compression: 'identity' } as const;
  const records: JournalRecord[] = [1, 2].map((number) => ({
    ...kind,
    timeMs: 1000 + number,
    spans: number,
    body: Buffer.from(`body ${number}`),
  }));
  expect(decodeSegment(bytes)).toMatchObject({ identity, end: bytes.length });
  for (let length = SEGMENT_HEAD_BYTES; length <= bytes.length; length++) {
    const read = decodeSegment(bytes.subarray(0, length));
    expect(plain(read.records)).toEqual(plain(records.slice(0, length === bytes.length ? 2 : Number(length >= 58))));
    expect(read.end + read.corrupt.length).toBe(length);
  }
});
