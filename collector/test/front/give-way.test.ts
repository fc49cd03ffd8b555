import { readdirSync, readFileSync } from 'node:fs';
import { constants, getPriority, platform } from 'node:os';
import { expect, test } from 'vitest';
import { start } from '../start.ts';

const LOWEST = constants.priority.PRIORITY_LOW;
const RECEIVING = /^\d+ \(tokenledger-fro\)/;

/** Of a Linux thread, from what the kernel tells of it. */
function priorityOf(stat: string): number {
  return Number(stat.replace(/^.*\) /s, '').split(' ')[16]);
}

test('the receiving thread goes before the one that stores, wherever threads have priorities', async ({ skip }) => {
  const begun = getPriority(0);
  if (platform() !== 'linux') skip('a priority is the whole process’s here');
  if (begun === LOWEST) skip('begun with the lowest priority: there is none below');
  await start();
  const threads = readdirSync('/proc/self/task').map((id) => readFileSync(`/proc/self/task/${id}/stat`, 'utf8'));
  expect(threads.filter((stat) => RECEIVING.test(stat)).map(priorityOf)).toEqual([begun]);
  expect(getPriority(0)).toBeGreaterThan(begun);
});
