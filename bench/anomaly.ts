/**
 * Scores the anomaly detector: on the Numenta Anomaly Benchmark, after the scorer has reproduced published scores, and on a seeded,
 * versioned set of labelled LLM spend. `npm run bench:anomaly -- [--only nab|costs] [--nab <folder>] [--shape usual|other|third|plain]
 * [--set held-out|development] [--seeds 7-12] [--kind runaway]`; exits with 1 below its promises. The detector is developed on the
 * development seeds only; worlds of the other two shapes show whether it is made for one generator.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { benchNab } from './anomaly/bench-nab.ts';
import { COST_SET_VERSION } from './anomaly/cost-set/make-world.ts';
import { benchCosts, isShape } from './anomaly/bench-costs.ts';

const { values: flags } = parseArgs({
  options: {
    nab: { type: 'string', default: join(import.meta.dirname, '../../shared/nab') },
    only: { type: 'string' },
    shape: { type: 'string', default: 'usual' },
    set: { type: 'string', default: 'held-out' },
    seeds: { type: 'string', multiple: true },
    kind: { type: 'string', multiple: true },
  },
});
const numbers = (from: number, to = from) => Array.from({ length: to - from + 1 }, (_, index) => from + index);
const SETS: Readonly<Record<string, readonly number[]>> = { development: numbers(1, 20), 'held-out': numbers(6001, 6020) };
let hasFailed = false;
const say = (line: string) => process.stdout.write(`${line}\n`);
const promise = (holds: boolean, what: string) => {
  say(`${holds ? 'ok    ' : 'FAILED'} ${what}`);
  hasFailed ||= !holds;
};

if (flags.only !== 'costs') {
  if (existsSync(flags.nab)) benchNab(flags.nab, { say, promise });
  else say(`       NAB is not at ${flags.nab}: skipped; give its folder with --nab`);
}
if (flags.only !== 'nab') {
  if (!isShape(flags.shape)) throw new Error('--shape is usual, other, third or plain');
  const seeds = flags.seeds?.flatMap((range) => {
    const [from = 0, to = from] = range.split('-').map(Number);
    return numbers(from, to);
  });
  const which = flags.seeds ? `seeds ${flags.seeds.join(', ')}` : `${flags.set} seeds`;
  say(`       cost set version ${COST_SET_VERSION}, ${flags.shape} shape, ${which}: one world of each kind per seed`);
  benchCosts({ shape: flags.shape, seeds: seeds ?? SETS[flags.set] ?? [], kinds: flags.kind }, { say, promise });
}
if (hasFailed) process.exitCode = 1;
