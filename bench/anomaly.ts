/**
 * Scores the anomaly detector: on the Numenta Anomaly Benchmark, after the scorer has reproduced published scores, and on a seeded
 * set of labelled LLM spend. `npm run bench:anomaly -- [--nab <folder>] [--seed 4] [--each 6]`; exits with 1 below its promises.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { DEFAULT_SENSITIVITY } from '../alerts/src/detector/defaults.ts';
import { scoreStream } from '../alerts/src/detector/stream.ts';
import { INCIDENTS, makeLabelledCost, ORDINARY, STEP_MS } from './anomaly/cost-set.ts';
import { alarmsOf, tally } from './anomaly/judge-cost-set.ts';
import { readNab, readPublishedScores } from './anomaly/nab-data.ts';
import { type LabelledSeries, nabScore, PROFILES } from './anomaly/nab-score.ts';

const { values: flags } = parseArgs({
  options: {
    nab: { type: 'string', default: join(import.meta.dirname, '../../shared/nab') },
    seed: { type: 'string', default: '4' },
    each: { type: 'string', default: '6' },
  },
});
const FLOOR_USD = 1;
const MINUTE_MS = 60_000;
const failures: string[] = [];
const say = (line: string) => process.stdout.write(`${line}\n`);
const promise = (holds: boolean, what: string) => {
  say(`${holds ? 'ok    ' : 'FAILED'} ${what}`);
  if (!holds) failures.push(what);
};

function benchNab(folder: string): void {
  const corpus = readNab(folder);
  const published = JSON.parse(readFileSync(join(folder, 'results/final_results.json'), 'utf8')) as Record<
    string,
    Record<keyof typeof PROFILES, { score: number }>
  >;
  for (const detector of ['relativeEntropy', 'twitterADVec', 'windowedGaussian']) {
    const scores = readPublishedScores(folder, detector);
    const own = nabScore(corpus, ({ name }) => scores.get(name) ?? [], PROFILES.standard).score;
    // Published unnormalized: a silent detector has -116, a perfect one 116.
    const theirs = (100 * ((published[detector]?.standard.score ?? Number.NaN) + 116)) / 232;
    promise(Math.abs(own - theirs) < 0.01, `the scorer reproduces ${detector}: ${own.toFixed(2)}, published ${theirs.toFixed(2)}`);
  }
  const points = ({ times, values }: LabelledSeries) =>
    times.map((time, row) => ({ timeMs: Date.parse(`${time.replace(' ', 'T')}Z`), value: values[row] ?? 0 }));
  const ours = new Map(corpus.map((series) => [series.name, scoreStream(points(series))]));
  for (const [name, profile] of Object.entries(PROFILES)) {
    const { score } = nabScore(corpus, (series) => ours.get(series.name) ?? [], profile);
    if (name === 'standard') promise(score >= 52, `NAB ${name}: ${score.toFixed(2)} (at least 52)`);
    else say(`       NAB ${name}: ${score.toFixed(2)}`);
  }
}

function benchCosts(seed: number, each: number): void {
  const sums = { found: 0, missed: 0, falseAlarms: 0 };
  const delays = new Map<string, number>();
  for (const kind of [...INCIDENTS, ...ORDINARY]) {
    const tallies = Array.from({ length: each }, (_, index) => {
      const labelled = makeLabelledCost(kind, seed * 1_000_003 + index * 17 + kind.length * 7919);
      return tally(labelled, alarmsOf(labelled, { ...DEFAULT_SENSITIVITY, impact: FLOOR_USD }), FLOOR_USD);
    });
    const add = (name: 'found' | 'missed' | 'falseAlarms' | 'belowFloor') => tallies.reduce((sum, one) => sum + one[name], 0);
    const minutes = tallies.flatMap(({ delaysMs }) => delaysMs.map((ms) => ms / MINUTE_MS)).toSorted((a, b) => a - b);
    const middle = minutes[minutes.length >> 1];
    if (middle !== undefined) delays.set(kind, middle);
    const [found, missed, falseAlarms] = [add('found'), add('missed'), add('falseAlarms')];
    sums.found += found;
    sums.missed += missed;
    sums.falseAlarms += falseAlarms;
    say(
      `       ${kind.padEnd(20)} found ${found}, missed ${missed}, below the floor ${add('belowFloor')}, false alarms ${falseAlarms}${middle === undefined ? '' : `, after ${middle} min (median)`}`,
    );
  }
  const precision = sums.found / (sums.found + sums.falseAlarms);
  promise(precision >= 0.95, `cost set: precision ${precision.toFixed(3)} (at least 0.95)`);
  promise(sums.missed === 0, `cost set: ${sums.missed} incidents above ${FLOOR_USD} USD missed (none)`);
  const runaway = delays.get('runaway') ?? Number.POSITIVE_INFINITY;
  promise(runaway <= 35, `cost set: a 5× runaway is found after ${runaway} min (median, at most 35, asked every ${STEP_MS / MINUTE_MS})`);
}

if (existsSync(flags.nab)) benchNab(flags.nab);
else say(`       NAB is not at ${flags.nab}: skipped; give its folder with --nab`);
benchCosts(Number(flags.seed), Number(flags.each));
if (failures.length > 0) process.exitCode = 1;
