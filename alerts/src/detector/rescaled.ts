import type { Surprise } from './detect.ts';

/** Without what something explains: in logarithms ratios and sigmas add up. */
export function rescaled(surprise: Surprise, factor: number): Surprise {
  const ratio = surprise.ratio * factor;
  const z = ratio > 0 && surprise.ratio > 1 ? (surprise.z * Math.log(ratio)) / Math.log(surprise.ratio) : 0;
  return { ...surprise, ratio, z };
}
