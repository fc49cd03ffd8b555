import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FED_KEYS } from '../src/migrations/001-usage-sums.ts';
import { CALL_COLUMNS, toCallRow } from '../src/write/call-columns.ts';
import { type Faced, FaceColumns, type Faces, faceColumn } from '../src/write/faces.ts';
import { lowCardinality } from '../src/write/native-type.ts';
import { bytesOf, startNativeBlock } from '../src/write/native-block.ts';
import { STEP_COLUMNS, toFacedStep } from '../src/write/span-columns.ts';
import { anyEntry, anyStep } from './arbitrary-entry.ts';

const insert = { recordedMs: 0, token: 'token' };

/** Two that are alike but for one field, or for none that is stored with the face. */
const pairsOf = <T extends object>(any: fc.Arbitrary<T>) =>
  fc.tuple(any, any, fc.nat()).map(([one, other, lot]) => {
    const fields = Object.keys(other) as (keyof T)[];
    const field = fields[lot % fields.length];
    return [one, field === undefined ? one : { ...one, [field]: other[field] }] as const;
  });

function isFoundAsItIs<Row extends Faced<Face>, Face>({ faceOf, hasFace, hashOf }: Faces<Row, Face>, one: Row, other: Row): void {
  expect(hasFace(one, faceOf(one))).toBe(true);
  if (!hasFace(other, faceOf(one))) return;
  expect(faceOf(other)).toEqual(faceOf(one));
  expect(hashOf(other)).toBe(hashOf(one));
}

describe('a row is written with the face of another only where every field of it is the same', () => {
  test('calls', () => {
    const pairs = anyEntry.chain((entry) =>
      pairsOf(anyEntry.map(({ call }) => call)).map(([call, changed]) => [
        { ...entry, call },
        { ...entry, call: changed },
      ]),
    );
    const entries = fc.oneof(pairs, pairsOf(anyEntry));
    fc.assert(
      fc.property(entries, ([one, other]) => {
        if (one && other) isFoundAsItIs(CALL_COLUMNS.faces, toCallRow(one, insert), toCallRow(other, insert));
      }),
      { numRuns: 1000 },
    );
  });

  test('steps', () => {
    fc.assert(
      fc.property(pairsOf(anyStep), ([one, other]) => {
        const row = (step: typeof one) => toFacedStep({ tenant: 'acme', step }, insert);
        isFoundAsItIs(STEP_COLUMNS.faces, row(one), row(other));
      }),
      { numRuns: 1000 },
    );
  });
});

test('faces that share a hash, more than are looked through, are told apart', () => {
  type Row = Faced<{ word: string }> & { readonly word: string };
  const columns = new FaceColumns<Row, { word: string }>({
    columns: [faceColumn('word', lowCardinality, ({ word }) => word)],
    faceOf: ({ word }) => ({ word }),
    hashOf: () => 0,
    hasFace: ({ word }, face) => word === face.word,
  });
  const words = Array.from({ length: 100 }, (_, at) => `word ${at % 40}`);
  const rows = words.map((word): Row => ({ word, face: undefined }));
  columns.append(rows, 0, rows.length);
  expect(rows.map(({ face }) => face?.word)).toEqual(words);
  const indexes = columns.spread()[0]?.bytes.at(-1);
  expect([...(indexes ?? [])]).toEqual(words.map((_, at) => at % 40));
});

test('what calls are grouped by on their way to rollups is the same of all calls of a face', () => {
  const ofFace = new Set(CALL_COLUMNS.faces.columns.map(({ name }) => name));
  expect(FED_KEYS.filter((key) => !ofFace.has(key))).toEqual([]);
});

test('a block that is used again gives the bytes that a new one would', () => {
  const entries = fc.array(anyEntry, { maxLength: 400 });
  const used = startNativeBlock(CALL_COLUMNS);
  fc.assert(
    fc.property(entries, (list) => {
      used.clear();
      const anew = startNativeBlock(CALL_COLUMNS);
      for (const block of [used, anew]) block.append(list.map((entry) => toCallRow(entry, insert)));
      expect(Buffer.concat(bytesOf(used)).equals(Buffer.concat(bytesOf(anew)))).toBe(true);
      expect(used.rows).toBe(anew.rows);
    }),
    { numRuns: 30 },
  );
  const usedSteps = startNativeBlock(STEP_COLUMNS);
  fc.assert(
    fc.property(fc.array(anyStep, { maxLength: 400 }), (list) => {
      usedSteps.clear();
      const anew = startNativeBlock(STEP_COLUMNS);
      for (const block of [usedSteps, anew]) block.append(list.map((step) => toFacedStep({ tenant: 'one', step }, insert)));
      expect(Buffer.concat(bytesOf(usedSteps)).equals(Buffer.concat(bytesOf(anew)))).toBe(true);
    }),
    { numRuns: 30 },
  );
});
