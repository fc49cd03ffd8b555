/** Runs one piece of work at a time, in the order asked for: who reads the ledger and then writes to it must not be interrupted. */
export type Turn = <Result>(work: (isAwaited: IsAwaited) => Promise<Result>) => Promise<Result>;

/** Whether somebody waits for the end of this turn. */
export type IsAwaited = () => boolean;

export function createTurns(): Turn {
  let last: Promise<unknown> = Promise.resolve();
  let asked = 0;
  return (work) => {
    const own = ++asked;
    const turn = last.then(() => work(() => asked > own));
    last = turn.catch(() => undefined);
    return turn;
  };
}
