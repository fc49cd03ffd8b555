import { PICO_PER_USD } from '@tokenledger/model/money';

/** USD per one unit of a meter, as an exact fraction in lowest terms. The denominator is positive. */
export interface Rate {
  readonly numerator: bigint;
  readonly denominator: bigint;
}

/** What a price list divides by: `1.25/M` is $1.25 per million tokens, `0.04/h` is $0.04 per hour of seconds. */
const DIVISORS: Readonly<Record<string, bigint>> = { M: 1_000_000n, k: 1_000n, h: 3_600n, min: 60n };

const RATE = /^(\d+)(?:\.(\d+))?(?:\/(M|k|h|min|[1-9]\d*))?$/;

/** `'1.25/M'`, `'10/k'`, `'0.36/h'`, `'0.006/min'`, `'0.04'`, `'1/3'`. `undefined` when the text is no rate. Never negative. */
export function parseRate(text: string): Rate | undefined {
  const match = RATE.exec(text);
  if (!match) return undefined;
  const fraction = match[2] ?? '';
  const divisor = match[3];
  return rate(
    BigInt((match[1] ?? '') + fraction),
    10n ** BigInt(fraction.length) * (divisor ? (DIVISORS[divisor] ?? BigInt(divisor)) : 1n),
  );
}

export function multiplyRates(left: Rate, right: Rate): Rate {
  return rate(left.numerator * right.numerator, left.denominator * right.denominator);
}

/** In lowest terms, so that equal rates have equal parts. */
export function rate(numerator: bigint, denominator: bigint): Rate {
  const divisor = greatestCommonDivisor(numerator, denominator);
  return { numerator: numerator / divisor, denominator: denominator / divisor };
}

/** The same rate in pico-USD: almost always a whole number, since $0.000001 per million tokens is one pico-USD per token. */
export function toPicoUsd(usd: Rate): Rate {
  return rate(usd.numerator * PICO_PER_USD, usd.denominator);
}

const REPEATING_DIGITS = 30;

/** Exact decimal text; a rate that never ends as a decimal ($0.04 per hour is 0.0000111… per second) is cut after 30 digits. */
export function formatRate({ numerator, denominator }: Rate): string {
  const digits = decimalPlaces(denominator) ?? REPEATING_DIGITS;
  const scaled = ((numerator * 10n ** BigInt(digits)) / denominator).toString().padStart(digits + 1, '0');
  const fraction = scaled.slice(scaled.length - digits).replace(/0+$/, '');
  const whole = scaled.slice(0, scaled.length - digits);
  return digits > 0 && fraction ? `${whole}.${fraction}` : whole;
}

/** How many decimal places 1/denominator needs, or `undefined` when it never ends. */
function decimalPlaces(denominator: bigint): number | undefined {
  let rest = denominator;
  let twos = 0;
  let fives = 0;
  for (; rest % 2n === 0n; rest /= 2n) twos++;
  for (; rest % 5n === 0n; rest /= 5n) fives++;
  return rest === 1n ? Math.max(twos, fives) : undefined;
}

function greatestCommonDivisor(left: bigint, right: bigint): bigint {
  let [a, b] = [left, right];
  while (b !== 0n) [a, b] = [b, a % b];
  return a === 0n ? 1n : a;
}
