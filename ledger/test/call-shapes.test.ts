import fc from 'fast-check';
import type { Charge } from '@tokenledger/model';
import { expect, test } from 'vitest';
import {
  areSameTexts,
  type ChargeLine,
  chargeLinesOf,
  haveChargeLines,
  haveNames,
  namesOf,
  readCharges,
  writeMetersOf,
  writePrices,
  writeTexts,
} from '../src/call-shapes.ts';

const few = fc.constantFrom('a', 'b');
const charge: fc.Arbitrary<Charge> = fc.record({
  meter: fc.constantFrom('requests', 'pages'),
  quantity: fc.constantFrom(1, 2),
  unitPriceUsd: fc.constantFrom('0.000000000001', '2'),
  amount: fc.constantFrom(1n, 2n),
  priceId: few,
  source: few,
});
const charges = fc.array(charge, { maxLength: 2 });

interface Shape<T, Sample> {
  readonly sampleOf: (value: T) => Sample;
  readonly fits: (sample: Sample, value: T) => boolean;
}

/** Most pairs differ in one place or none. `says` is what is read of a value that is written as this sample. */
function agrees<T, Sample>(
  { sampleOf, fits }: Shape<T, Sample>,
  values: fc.Arbitrary<T>,
  says: (sample: Sample, value: T) => unknown,
): void {
  fc.assert(
    fc.property(values, values, (one, other) => {
      const own = sampleOf(other);
      expect(fits(own, other)).toBe(true);
      if (fits(sampleOf(one), other)) expect(says(sampleOf(one), other)).toEqual(says(own, other));
    }),
    { numRuns: 2000 },
  );
}

const one = fc.constantFrom(1, 2);
const charged = fc.record({ charges, usage: fc.record({ requests: one, pages: one }, { requiredKeys: [] }) });

const readLines = (lines: readonly ChargeLine[], { charges: of }: { readonly charges: readonly Charge[] }) =>
  readCharges({
    meters: writeMetersOf(lines),
    prices: writePrices(lines),
    amounts: of.map(({ amount }) => amount),
    quantityOf: (_, at) => of[at]?.quantity ?? 0,
  });

test('a row takes the text of another only where it says the same', () => {
  agrees({ sampleOf: chargeLinesOf, fits: haveChargeLines }, charged, readLines);
  agrees({ sampleOf: chargeLinesOf, fits: haveChargeLines }, charged, (lines) => lines.map(({ isOfUsage }) => isOfUsage));
  const names = fc.dictionary(few, fc.option(few, { nil: undefined }), { maxKeys: 2 });
  agrees({ sampleOf: namesOf, fits: haveNames }, names, writeTexts);
  agrees({ sampleOf: (texts) => texts, fits: areSameTexts }, fc.array(few, { maxLength: 2 }), writeTexts);
});
