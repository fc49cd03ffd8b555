import { DEFAULT_SENSITIVITY } from '../../alerts/src/detector/defaults.ts';
import type { Report } from './bench-nab.ts';
import { makeOtherWorld, OTHER_KINDS } from './cost-set/make-other-world.ts';
import { KINDS, makeWorld, type World } from './cost-set/make-world.ts';
import { alarmsOf, type Tally, tally } from './judge-world.ts';

const FLOOR_USD = 1;
const MINUTE_MS = 60_000;

/** Worlds of one generator, by kind. */
const SHAPES: Readonly<Record<'usual' | 'other', ReadonlyMap<string, (seed: number) => World>>> = {
  usual: new Map(KINDS.map((kind) => [kind, (seed: number) => makeWorld(kind, seed)])),
  other: new Map(OTHER_KINDS.map((kind) => [kind, (seed: number) => makeOtherWorld(kind, seed)])),
};
export type Shape = keyof typeof SHAPES;

/** Each kind of world once per seed. */
export function benchCosts(shape: Shape, seeds: readonly number[], { say, promise }: Report): void {
  const all = new Map<string, readonly Tally[]>();
  for (const [index, [kind, make]] of [...SHAPES[shape]].entries()) {
    const tallies = seeds.map((seed) => {
      const world = make(seed * 1_000_003 + index * 104_729);
      return tally(world, alarmsOf(world, { ...DEFAULT_SENSITIVITY, impact: FLOOR_USD }), FLOOR_USD);
    });
    all.set(kind, tallies);
    const [found, missed, falseAlarms] = [sum(tallies, 'found'), sum(tallies, 'missed'), sum(tallies, 'falseAlarms')];
    const minutes = minutesOf(tallies);
    const after = minutes.length > 0 ? `, after ${median(minutes)} min (median), reason right ${sum(tallies, 'rightReasons')}` : '';
    const below = sum(tallies, 'belowFloor');
    say(
      `       ${kind.padEnd(20)} found ${found}, missed ${missed}, false alarms ${falseAlarms}${below > 0 ? `, below the floor ${below}` : ''}${after}`,
    );
  }
  const worlds = [...all.values()].flat();
  const [found, missed, falseAlarms, right] = (['found', 'missed', 'falseAlarms', 'rightReasons'] as const).map((name) =>
    sum(worlds, name),
  );
  if (found === undefined || missed === undefined || falseAlarms === undefined || right === undefined) return;
  promise(found / (found + falseAlarms) >= 0.95, `precision ${share(found, found + falseAlarms)}: at least 0.95`);
  promise(missed === 0, `found ${share(found, found + missed)} of the incidents above ${FLOOR_USD} USD: all`);
  promise(right / found >= 0.95, `the reason is right in ${share(right, found)}: at least 0.95`);
  const minutes = minutesOf(all.get('runaway') ?? []);
  promise(
    median(minutes) <= 35,
    `a 5× runaway is found after ${median(minutes)} min (median, 95 % interval ${medianInterval(minutes)}): at most 35`,
  );
}

const sum = (tallies: readonly Tally[], name: 'found' | 'missed' | 'belowFloor' | 'falseAlarms' | 'rightReasons') =>
  tallies.reduce((total, one) => total + one[name], 0);

const minutesOf = (tallies: readonly Tally[]) =>
  tallies.flatMap(({ delaysMs }) => delaysMs.map((ms) => ms / MINUTE_MS)).toSorted((a, b) => a - b);
const median = (sorted: readonly number[]) => sorted[sorted.length >> 1] ?? Number.POSITIVE_INFINITY;

/** Between two order statistics, by the binomial distribution of how many values lie below the median. */
function medianInterval(sorted: readonly number[]): string {
  const half = 0.98 * Math.sqrt(sorted.length);
  const [low, high] = [Math.max(0, Math.floor(sorted.length / 2 - half)), Math.min(sorted.length - 1, Math.ceil(sorted.length / 2 + half))];
  return `${sorted[low] ?? '?'} to ${sorted[high] ?? '?'}`;
}

/** `0.969 (0.93 to 0.99; 124 of 128)`: with Wilson's 95 % interval. */
function share(part: number, whole: number): string {
  const z = 1.96;
  const p = part / whole;
  const middle = (p + (z * z) / (2 * whole)) / (1 + (z * z) / whole);
  const width = (z * Math.sqrt((p * (1 - p)) / whole + (z * z) / (4 * whole * whole))) / (1 + (z * z) / whole);
  return `${p.toFixed(3)} (${(middle - width).toFixed(3)} to ${(middle + width).toFixed(3)}; ${part} of ${whole})`;
}
