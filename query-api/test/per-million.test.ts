import fc from 'fast-check';
import { expect, test } from 'vitest';
import { perMillion } from '../src/routes/grafana/per-million.ts';

test.each([
  ['0.00000025', '0.25'],
  ['0.0000025', '2.5'],
  ['0.000015', '15'],
  ['0.00000000000125', '0.00000125'],
  ['0', '0'],
  ['0.5', '500000'],
  ['12', '12000000'],
])('%s each is %s per million', (each, million) => {
  expect(perMillion(each)).toBe(million);
});

test('no digit is lost or made up', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 10n ** 15n }), (pico) => {
      const text = (amount: bigint) => {
        const digits = String(amount).padStart(13, '0');
        return `${digits.slice(0, -12)}.${digits.slice(-12)}`.replace(/\.?0+$/, '');
      };
      expect(perMillion(text(pico))).toBe(text(pico * 1_000_000n));
    }),
  );
});
