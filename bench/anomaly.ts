/**
 * Scores the anomaly detector: on the Numenta Anomaly Benchmark, after the scorer has reproduced published scores, and on a seeded,
 * versioned set of labelled LLM spend. `npm run bench:anomaly -- [--nab <folder>] [--set held-out|development] [--seed 7] [--shape other]`;
 * exits with 1 below its promises. The detector is developed on the development seeds only; worlds of the other shape show whether it is
 * made for one generator.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { benchNab } from './anomaly/bench-nab.ts';
import { COST_SET_VERSION } from './anomaly/cost-set/make-world.ts';
import { benchCosts } from './anomaly/bench-costs.ts';

const { values: flags } = parseArgs({
  options: {
    nab: { type: 'string', default: join(import.meta.dirname, '../../shared/nab') },
    set: { type: 'string', default: 'held-out' },
    seed: { type: 'string', multiple: true },
    shape: { type: 'string', default: 'usual' },
  },
});
const SETS: Readonly<Record<string, readonly number[]>> = {
  development: Array.from({ length: 20 }, (_, index) => 1 + index),
  'held-out': Array.from({ length: 20 }, (_, index) => 5001 + index),
};
let hasFailed = false;
const say = (line: string) => process.stdout.write(`${line}\n`);
const promise = (holds: boolean, what: string) => {
  say(`${holds ? 'ok    ' : 'FAILED'} ${what}`);
  hasFailed ||= !holds;
};

if (existsSync(flags.nab)) benchNab(flags.nab, { say, promise });
else say(`       NAB is not at ${flags.nab}: skipped; give its folder with --nab`);
const seeds = flags.seed?.map(Number) ?? SETS[flags.set] ?? [];
say(
  `       cost set version ${COST_SET_VERSION}, ${flags.seed ? `seed ${flags.seed.join(', ')}` : `${flags.set} seeds`}: one world of each kind per seed`,
);
benchCosts(flags.shape === 'other' ? 'other' : 'usual', seeds, { say, promise });
if (hasFailed) process.exitCode = 1;
