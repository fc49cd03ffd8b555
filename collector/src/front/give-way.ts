import { constants, getPriority, platform, setPriority } from 'node:os';
import type { Logger } from 'pino';

/** A third of the weight that the receiving thread has. */
const NICER_BY = 5;
/** Of the calling thread: on Linux each has a priority of its own, which threads and processes that it begins later inherit. */
const OWN = 0;
const PRIORITY = Math.min(getPriority(OWN) + NICER_BY, constants.priority.PRIORITY_LOW);

/**
 * The thread that stores works for tens of milliseconds at a stretch, the one that receives for less than one at a time and then has somebody
 * waiting: where processors are few, that one goes first. Elsewhere than on Linux a priority is the whole process's and nothing is changed.
 */
export function giveWay(log: Logger): void {
  if (platform() !== 'linux') return;
  try {
    setPriority(OWN, PRIORITY);
  } catch (error) {
    log.debug({ err: error }, 'the storing thread keeps its priority');
  }
}
