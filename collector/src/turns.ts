/** Runs one piece of work at a time, in the order asked for: who reads the ledger and then writes to it must not be interrupted. */
export type Turn = <Result>(work: () => Promise<Result>) => Promise<Result>;

export function createTurns(): Turn {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const turn = last.then(work);
    last = turn.catch(() => undefined);
    return turn;
  };
}
