import { parseArgs } from 'node:util';
import { runKillTrials } from './kill-trials.ts';
import { VICTIMS } from './life.ts';

/** `node collector/test/fault/run.ts [--trials 20] [--seed 1] [--clients 8] [--victim everything|collector|engine]` */
const { values } = parseArgs({
  options: {
    trials: { type: 'string', default: '20' },
    seed: { type: 'string', default: String(Date.now() % 100_000) },
    clients: { type: 'string', default: '8' },
    victim: { type: 'string', multiple: true, default: [...VICTIMS] },
  },
});
console.log(`${values.trials} trials, seed ${values.seed}`);
const result = await runKillTrials({
  trials: Number(values.trials),
  seed: Number(values.seed),
  clients: Number(values.clients),
  victims: VICTIMS.filter((victim) => values.victim.includes(victim)),
  longestLifeMs: 3000,
  report: (line) => console.log(line),
});
const { lost, doubled, wrong, drift, unbalanced, restartsMs, ...counts } = result;
console.log({ ...counts, slowestRestartMs: Math.round(Math.max(0, ...restartsMs)) });
console.log({ lost: lost.length, doubled: doubled.length, wrong: wrong.length, drift, unbalanced: unbalanced.length });
const faults = lost.length + doubled.length + wrong.length + drift.length + unbalanced.length;
if (faults > 0)
  console.log({ lost: lost.slice(0, 5), doubled: doubled.slice(0, 5), wrong: wrong.slice(0, 5), unbalanced: unbalanced.slice(0, 3) });
process.exitCode = faults > 0 ? 1 : 0;
