import { createHash } from 'node:crypto';

/** Seeded chance: the same name draws the same values, on every machine. */
export interface Chance {
  /** Uniform in [0, 1). */
  unit(): number;
  /** A whole number in [low, high]. */
  between(low: number, high: number): number;
  happens(probability: number): boolean;
  pick<T>(choices: readonly [T, ...T[]]): T;
  /** Around `median`, with a long tail above: `spread` 0 is always the median, 1 is wild. */
  logNormal(median: number, spread: number): number;
  /** How many, if `mean` are expected. */
  count(mean: number): number;
  /** An index below `size`; the first ones are drawn most. */
  favourite(size: number): number;
  hex(digits: number): string;
}

export function createChance(name: string): Chance {
  const unit = sfc32(createHash('sha256').update(name).digest());
  const between = (low: number, high: number) => low + Math.floor(unit() * (high - low + 1));
  const normal = () => Math.sqrt(-2 * Math.log(1 - unit())) * Math.cos(2 * Math.PI * unit());
  return {
    unit,
    between,
    happens: (probability) => unit() < probability,
    pick: (choices) => choices[between(0, choices.length - 1)] ?? choices[0],
    logNormal: (median, spread) => median * Math.exp(spread * normal()),
    count: (mean) => (mean < MANY ? countFew(unit, mean) : Math.max(0, Math.round(mean + Math.sqrt(mean) * normal()))),
    favourite: (size) => Math.floor(size * unit() ** 2.5),
    hex: (digits) => {
      let text = '';
      for (let left = digits; left > 0; left -= 4) text += QUADS[Math.floor(unit() * QUADS.length)];
      return text.length === digits ? text : text.slice(0, digits);
    },
  };
}

/** From here on a Poisson distribution is a normal one. */
const MANY = 30;

/** Knuth's: how many draws it takes until their product is below e^-mean. */
function countFew(unit: () => number, mean: number): number {
  const limit = Math.exp(-mean);
  let product = unit();
  let count = 0;
  for (; product > limit; product *= unit()) count += 1;
  return count;
}

/** Chris Doty-Humphrey's small fast counter: 128 bits of state, no bias to be seen. */
function sfc32(seed: Buffer): () => number {
  let a = seed.readUInt32LE(0);
  let b = seed.readUInt32LE(4);
  let c = seed.readUInt32LE(8);
  let counter = seed.readUInt32LE(12);
  return () => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return (sum >>> 0) / 2 ** 32;
  };
}

const QUADS: readonly string[] = Array.from({ length: 65_536 }, (_, number) => number.toString(16).padStart(4, '0'));

/** A name that looks as a hash does, and stays the same. */
export const digest = (text: string, digits = 32): string => createHash('sha256').update(text).digest('hex').slice(0, digits);
