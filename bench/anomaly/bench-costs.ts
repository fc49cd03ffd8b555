import { DEFAULT_SENSITIVITY } from '../../alerts/src/detector/defaults.ts';
import type { Report } from './bench-nab.ts';
import { makeOtherWorld, OTHER_KINDS } from './cost-set/make-other-world.ts';
import { makePlainWorld, PLAIN_KINDS } from './cost-set/make-plain-world.ts';
import { makeThirdWorld, THIRD_KINDS } from './cost-set/make-third-world.ts';
import { KINDS, makeWorld, type World } from './cost-set/make-world.ts';
import { alarmsOf, type Tally, tally } from './judge-world.ts';

const FLOOR_USD = 1;
const MINUTE_MS = 60_000;

/** Worlds of one generator, by kind. */
const SHAPES = {
  usual: new Map<string, (seed: number) => World>(KINDS.map((kind) => [kind, (seed) => makeWorld(kind, seed)])),
  other: new Map<string, (seed: number) => World>(OTHER_KINDS.map((kind) => [kind, (seed) => makeOtherWorld(kind, seed)])),
  third: new Map<string, (seed: number) => World>(THIRD_KINDS.map((kind) => [kind, (seed) => makeThirdWorld(kind, seed)])),
  plain: new Map<string, (seed: number) => World>(PLAIN_KINDS.map((kind) => [kind, (seed) => makePlainWorld(kind, seed)])),
} as const;
type Shape = keyof typeof SHAPES;
export const isShape = (name: string): name is Shape => Object.hasOwn(SHAPES, name);

interface Asked {
  readonly shape: Shape;
  readonly seeds: readonly number[];
  /** Default all. */
  readonly kinds?: readonly string[] | undefined;
}

/** Each kind of world once per seed. */
export function benchCosts({ shape, seeds, kinds }: Asked, { say, promise }: Report): void {
  const all = new Map<string, readonly Tally[]>();
  for (const [index, [kind, make]] of [...SHAPES[shape]].entries()) {
    if (kinds && !kinds.includes(kind)) continue;
    const tallies = seeds.map((seed) => {
      const world = make(seed * 1_000_003 + index * 104_729);
      const floor = world.floorUsd ?? FLOOR_USD;
      const own = tally(world, alarmsOf(world, { ...DEFAULT_SENSITIVITY, impact: floor }), floor);
      if (own.missed + own.falseAlarms > 0)
        say(`       ${kind.padEnd(20)} seed ${seed}: missed ${own.missed}, false alarms ${own.falseAlarms}`);
      return own;
    });
    all.set(kind, tallies);
    const [found, missed, falseAlarms] = [sum(tallies, 'found'), sum(tallies, 'missed'), sum(tallies, 'falseAlarms')];
    const [minutes, past] = [minutesOf(tallies, 'delaysMs'), minutesOf(tallies, 'delaysPastFloorMs')];
    const after =
      minutes.length > 0
        ? `, after ${median(minutes)} min (median), ${median(past)} past the floor, reason right ${sum(tallies, 'rightReasons')}`
        : '';
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
  if (found + missed === 0)
    return promise(falseAlarms === 0, `${falseAlarms} false alarms in ${worlds.length} worlds without an incident: none`);
  promise(found / (found + falseAlarms) >= 0.95, `precision ${share(found, found + falseAlarms)}: at least 0.95`);
  promise(missed === 0, `found ${share(found, found + missed)} of the incidents above their floor: all`);
  promise(right / found >= 0.95, `the reason is right in ${share(right, found)}: at least 0.95`);
  const runaways = [...all].flatMap(([kind, tallies]) => (RUNAWAY.test(kind) ? tallies : []));
  const [minutes, past] = [minutesOf(runaways, 'delaysMs'), minutesOf(runaways, 'delaysPastFloorMs')];
  if (minutes.length === 0) return;
  say(`       ${median(past)} min (95 % interval ${medianInterval(past)}) after it had cost the floor`);
  promise(
    median(minutes) <= 35,
    `a 5× runaway is found after ${median(minutes)} min (median, 95 % interval ${medianInterval(minutes)}): at most 35`,
  );
}

const sum = (tallies: readonly Tally[], name: 'found' | 'missed' | 'belowFloor' | 'falseAlarms' | 'rightReasons') =>
  tallies.reduce((total, one) => total + one[name], 0);

const RUNAWAY = /runaway/;
const minutesOf = (tallies: readonly Tally[], name: 'delaysMs' | 'delaysPastFloorMs') =>
  tallies.flatMap(({ [name]: delays }) => delays.map((ms) => ms / MINUTE_MS)).toSorted((a, b) => a - b);
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
