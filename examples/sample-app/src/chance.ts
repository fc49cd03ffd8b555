/** Seeded chance, so that two runs with one seed do the same tasks for the same people. */
export interface Chance {
  happens(probability: number): boolean;
  /** The first choices are picked more often than the last ones, as customers and users are in life. */
  pick<T>(choices: readonly [T, ...T[]]): T;
  weighted<T extends { readonly weight: number }>(choices: readonly [T, ...T[]]): T;
}

export function createChance(seed: number): Chance {
  let state = seed >>> 0;
  const next = () => {
    // A linear congruential generator (Numerical Recipes); its high bits are good enough for a demo.
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  return {
    happens: (probability) => next() < probability,
    pick: (choices) => choices[Math.floor(next() ** 2 * choices.length)] ?? choices[0],
    weighted: (choices) => {
      let left = next() * choices.reduce((sum, { weight }) => sum + weight, 0);
      return choices.find(({ weight }) => (left -= weight) < 0) ?? choices[0];
    },
  };
}
