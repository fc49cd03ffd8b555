import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { runCardinality } from './cardinality.ts';
import { runDiskFull } from './disk-full.ts';
import type { Verdict } from './judge.ts';
import { runKillTrials } from './kill-trials.ts';
import { runLedgerAway } from './ledger-away.ts';
import { VICTIMS } from './life.ts';
import { runOverload } from './overload.ts';

/**
 * The long form of the fault suite, one scenario after another:
 * `npm run test:fault -- [--only kills,recovery,away,disk,overload,cardinality] [--trials 50] [--seed 1] [--clients 8]`
 */
const { values } = parseArgs({
  options: {
    only: { type: 'string', default: 'kills,recovery,away,disk,overload,cardinality' },
    trials: { type: 'string', default: '50' },
    seed: { type: 'string', default: String(Date.now() % 100_000) },
    clients: { type: 'string', default: '8' },
    victim: { type: 'string', multiple: true, default: [...VICTIMS] },
    'away-seconds': { type: 'string', default: '60' },
    'overload-seconds': { type: 'string', default: '60' },
    'cardinality-spans': { type: 'string', default: '1000000' },
  },
});
const report = (line: string) => console.log(`  ${line}`);
const trials = Number(values.trials);
const shared = {
  seed: Number(values.seed),
  clients: Number(values.clients),
  victims: VICTIMS.filter((name) => values.victim.includes(name)),
};

/** What went wrong, by name; nothing when the scenario held. */
type Faults = Readonly<Record<string, number>>;

const faultsOf = ({ lost, doubled, wrong, drift }: Verdict): Faults => ({
  lost: lost.length,
  doubled: doubled.length,
  wrong: wrong.length,
  drift: drift.length,
});

async function kills(deathsWhileRecovering: number): Promise<Faults> {
  const result = await runKillTrials({ ...shared, trials, deathsWhileRecovering, longestLifeMs: 3000, report });
  const { obligations, attempts, restartsMs, unbalanced, calls } = result;
  console.log({ obligations, calls, attempts, slowestRestartMs: Math.round(Math.max(0, ...restartsMs)) });
  return { ...faultsOf(result), unbalanced: unbalanced.length };
}

const SCENARIOS: Readonly<Record<string, () => Promise<Faults>>> = {
  kills: () => kills(0),
  recovery: () => kills(2),
  async away() {
    const dataDir = await mkdtemp(join(tmpdir(), 'away-'));
    try {
      const result = await runLedgerAway({ dataDir, awayMs: Number(values['away-seconds']) * 1000, clients: 4, report });
      const { obligations, acceptedMeanwhile, grownMib, unbalanced } = result;
      console.log({ obligations, acceptedMeanwhile, grownMib });
      return { ...faultsOf(result), unbalanced, heldUp: acceptedMeanwhile.filter((calls) => calls === 0).length };
    } finally {
      await rm(dataDir, { recursive: true, force: true, maxRetries: 5 });
    }
  },
  async disk() {
    const result = await runDiskFull(20, report);
    if (!result) {
      console.log('skipped: no small disk can be mounted here, it takes root');
      return {};
    }
    const { obligations, refusals, unbalanced } = result;
    console.log({ obligations, refusals });
    return { ...faultsOf(result), unbalanced };
  },
  async overload() {
    const result = await runOverload({ seconds: Number(values['overload-seconds']), connections: 256, report });
    console.log(result);
    const { statuses, acceptedP99Ms, backToNormalMs, peakMib } = result;
    const unexpected = Object.keys(statuses).filter((status) => !['200', '429', '503'].includes(status));
    return {
      unexpected: unexpected.length,
      slow: Number(acceptedP99Ms > 1000),
      stuck: Number(backToNormalMs > 10_000),
      large: Number(peakMib > 700),
    };
  },
  async cardinality() {
    const result = await runCardinality(Number(values['cardinality-spans']), report);
    console.log(result);
    const { books, lateMib } = result;
    return { unbalanced: Number(!books.balanced), notStored: books.received - books.stored, large: Number(lateMib > 1024) };
  },
};

for (const name of values.only.split(',')) {
  const scenario = SCENARIOS[name];
  if (!scenario) throw new TypeError(`there is no scenario ${name}; there are ${Object.keys(SCENARIOS).join(', ')}`);
  const began = performance.now();
  console.log(`${name}, seed ${shared.seed}`);
  const faults = await scenario();
  const held = Object.values(faults).every((count) => count === 0);
  console.log(held ? 'held' : 'FAILED', faults, `${Math.round((performance.now() - began) / 1000)} s`);
  if (!held) process.exitCode = 1;
}
