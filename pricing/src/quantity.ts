import { meterFacts, type Meter } from '@tokenledger/model/meter';

/** A quantity without loss: `12.5` seconds is 125/10. */
export interface Quantity {
  readonly numerator: bigint;
  readonly denominator: bigint;
}

/** Why a number cannot be a quantity of this meter, or `undefined` when it can. Only seconds may have a fraction. */
export function quantityProblem(meter: Meter, quantity: number): string | undefined {
  if (typeof quantity !== 'number' || !Number.isFinite(quantity)) return `${meter} is ${String(quantity)}, not a number`;
  if (quantity < 0) return `${meter} is negative (${quantity})`;
  if (quantity > Number.MAX_SAFE_INTEGER) return `${meter} is ${quantity}, above 2^53-1 where numbers lose precision`;
  if (!Number.isInteger(quantity) && meterFacts(meter).unit !== 'second') return `${meter} is ${quantity}, not a whole number`;
  return undefined;
}

const DECIMAL = /^(\d+)(?:\.(\d+))?(?:e([+-]\d+))?$/;

/** Exact value of a checked quantity, through its shortest decimal text: 0.1 seconds are 1/10, not 0.1000000000000000055. */
export function toQuantity(quantity: number): Quantity {
  if (Number.isInteger(quantity)) return { numerator: BigInt(quantity), denominator: 1n };
  const [, whole = '0', fraction = '', exponent = '0'] = DECIMAL.exec(String(quantity)) ?? [];
  const scale = fraction.length - Number(exponent);
  const digits = BigInt(whole + fraction);
  return scale >= 0
    ? { numerator: digits, denominator: 10n ** BigInt(scale) }
    : { numerator: digits * 10n ** BigInt(-scale), denominator: 1n };
}
