import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { COMPRESSIONS, ENCODINGS, encodeRecords, type JournalRecord, SIGNALS } from '../../src/journal/record.ts';
import { decodeSegment, encodeSegmentHead, SEGMENT_HEAD_BYTES } from '../../src/journal/segment.ts';

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

function segmentOf(records: readonly JournalRecord[]): Buffer {
  return Buffer.concat([encodeSegmentHead(identity), encodeRecords(records)]);
}

/** Where each record ends: what a reader may return for a file cut at any place. */
function endsOf(records: readonly JournalRecord[]): number[] {
  let end = SEGMENT_HEAD_BYTES;
  return records.map((one) => (end += encodeRecords([one]).length));
}

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
      expect(read.end + read.corrupt.length).toBe(length);
    }
  });

  test('one bit flipped at every byte', () => {
    for (let at = 0; at < whole.length; at++) {
      const flipped = Buffer.from(whole);
      flipped[at] = (flipped[at] ?? 0) ^ (1 << (at % 8));
      const read = decodeSegment(flipped);
      expect(plain(read.records)).toEqual(at < SEGMENT_HEAD_BYTES ? [] : plain(before(at)));
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

  test('followed by anything', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 80 }), (tail) => {
        const read = decodeSegment(Buffer.concat([whole, tail]));
        expect(plain(read.records)).toEqual(plain(records));
        expect(read.corrupt).toHaveLength(tail.length);
      }),
    );
  });
});
