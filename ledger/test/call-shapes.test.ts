import fc from 'fast-check';
import type { Charge } from '@tokenledger/model';
import { expect, test } from 'vitest';
import { METERS_OF_CHARGES, NAMES, PRICE_LINES, readCharges, TEXTS } from '../src/call-shapes.ts';
import type { Shape } from '../src/write/shape-column.ts';

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

/** Most pairs differ in one place or none. `says` is what is read of a value whose shape has this text. */
function agrees<T, Sample>(
  { sampleOf, fits, textOf }: Shape<T, Sample>,
  values: fc.Arbitrary<T>,
  says: (text: string, value: T) => unknown,
): void {
  fc.assert(
    fc.property(values, values, (one, other) => {
      const own = textOf(sampleOf(other));
      expect(fits(sampleOf(other), other)).toBe(true);
      if (fits(sampleOf(one), other)) expect(says(textOf(sampleOf(one)), other)).toEqual(says(own, other));
    }),
    { numRuns: 2000 },
  );
}

const read = (prices: string, of: readonly Charge[]) =>
  readCharges({
    meters: of.map(({ meter }) => meter).join(),
    prices,
    amounts: of.map(({ amount }) => amount),
    quantityOf: (_, at) => of[at]?.quantity ?? 0,
  });

test('a row takes the text of another only where it says the same', () => {
  agrees(PRICE_LINES, charges, read);
  agrees(METERS_OF_CHARGES, charges, (text) => text);
  agrees(TEXTS, fc.array(few, { maxLength: 2 }), (text) => text);
  agrees(NAMES, fc.dictionary(few, fc.option(few, { nil: undefined }), { maxKeys: 2 }), (text) => text);
});
