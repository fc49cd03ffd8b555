import { CollectorError } from '../errors.ts';

export type Gate = <Result>(work: () => Promise<Result>) => Promise<Result>;

/**
 * Lets `concurrency` pieces of work run and `waiting` more wait.
 * @throws CollectorError `overloaded` when no more may wait
 */
export function createGate(concurrency: number, waiting: number): Gate {
  let running = 0;
  const queue: (() => void)[] = [];
  return async (work) => {
    if (running < concurrency) running += 1;
    else if (queue.length < waiting) await new Promise<void>((resolve) => queue.push(resolve));
    else throw new CollectorError('overloaded', 'too many requests wait for their turn; send again');
    try {
      return await work();
    } finally {
      const next = queue.shift();
      // The place goes to the next in line without being free in between.
      if (next) next();
      else running -= 1;
    }
  };
}
