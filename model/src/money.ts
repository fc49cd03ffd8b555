/**
 * Money: an integer of pico-USD (1e-12 USD). `bigint` in code, `Decimal(38,12)` in ClickHouse, a decimal string in JSON.
 * It is never a float. The cheapest published token costs 2.8e-9 USD, so one token is 2,800 units.
 */
export type PicoUsd = bigint;

const FRACTION_DIGITS = 12;
export const PICO_PER_USD: PicoUsd = 10n ** 12n;

const DECIMAL = /^-?\d+(?:\.\d+)?$/;

/** `'0.0028'` → `2_800_000_000n`. `undefined` when the text is no plain decimal or has more than 12 fraction digits. */
export function parseUsd(text: string): PicoUsd | undefined {
  if (!DECIMAL.test(text)) return undefined;
  const point = text.includes('.') ? text.indexOf('.') : text.length;
  const fraction = text.slice(point + 1);
  if (fraction.length > FRACTION_DIGITS) return undefined;
  return BigInt(text.slice(0, point) + fraction.padEnd(FRACTION_DIGITS, '0'));
}

/** Exact decimal text without trailing zeros: `2_800_000_000n` → `'0.0028'`. */
export function formatUsd(amount: PicoUsd): string {
  const magnitude = amount < 0n ? -amount : amount;
  const fraction = (magnitude % PICO_PER_USD).toString().padStart(FRACTION_DIGITS, '0').replace(/0+$/, '');
  const whole = (magnitude / PICO_PER_USD).toString();
  return (amount < 0n ? '-' : '') + (fraction ? `${whole}.${fraction}` : whole);
}

/** `numerator / denominator`, rounded half away from zero, as invoices round. `denominator` must be positive. */
export function divideRounded(numerator: bigint, denominator: bigint): bigint {
  const doubled = numerator * 2n;
  const shifted = numerator < 0n ? doubled - denominator : doubled + denominator;
  return shifted / (denominator * 2n);
}
