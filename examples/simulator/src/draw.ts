/** Seeded chance. The same seed and request number draw the same values in the same order, on every machine. */
export interface Draw {
  /** Uniform in [0, 1). */
  unit(): number;
  /** A whole number in [low, high]. */
  between(low: number, high: number): number;
  /** As `between`, but small numbers are as likely per decade as large ones, as prompt sizes are. */
  logBetween(low: number, high: number): number;
  chance(probability: number): boolean;
  pick<T>(choices: readonly [T, ...T[]]): T;
  id(prefix: string): string;
}

const ID_ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const ID_LENGTH = 24;

export function createDraw(seed: number, request: number): Draw {
  const unit = mulberry32(Math.imul(seed | 0, 0x9e3779b1) ^ Math.imul(request, 0x85ebca6b));
  const between = (low: number, high: number) => low + Math.floor(unit() * (high - low + 1));
  return {
    unit,
    between,
    logBetween: (low, high) => Math.round(low * (high / low) ** unit()),
    chance: (probability) => unit() < probability,
    pick: (choices) => choices[between(0, choices.length - 1)] ?? choices[0],
    id: (prefix) => prefix + Array.from({ length: ID_LENGTH }, () => ID_ALPHABET.charAt(between(0, ID_ALPHABET.length - 1))).join(''),
  };
}

/** Tommy Ettinger's mulberry32: 32 bits of state are plenty for one answer. */
function mulberry32(state: number): () => number {
  let current = state >>> 0;
  return () => {
    current = (current + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(current ^ (current >>> 15), current | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
