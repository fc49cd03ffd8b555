import { readFileSync } from 'node:fs';
import type { Engine } from '@tokenledger/ledger';

/** What /proc counts CPU time in. */
const TICK_US = 10_000;

/** User and system time of the engine in microseconds. */
export function cpuOf({ pid }: Engine): number {
  const fields = readFileSync(`/proc/${String(pid)}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) * TICK_US;
}
