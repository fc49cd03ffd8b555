import process from 'node:process';
import { report } from './guard.ts';

const DEADLINE_MS = 2_000;

/** Sends what is left when the process ends by itself or is asked to end; never holds it longer than 2 s. */
export function deliverAtExit(flush: () => Promise<void>): void {
  let isFlushed = false;
  process.on('beforeExit', () => {
    if (isFlushed) return;
    isFlushed = true;
    void withinDeadline(flush());
  });
}

async function withinDeadline(done: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, DEADLINE_MS);
  });
  await Promise.race([done.catch(report), deadline]);
  clearTimeout(timer);
}
