const MOST_MS = 6;
const ENOUGH_RECORDS = 16;

/**
 * Where many come, a commit begins so long after the last: a millisecond for each record that had beyond one, or until enough wait. Each has a price of its own, as
 * much as two hundred kilobytes in it. Who sends one request after another is alone in each, and waits for nobody.
 */
export class Gathering {
  /** The moment for the next, by `performance.now()`, unless enough wait sooner. */
  #notBefore = 0;
  #isEnough: (() => void) | undefined;

  /** A commit of so many records begins. */
  begin(records: number): void {
    this.#notBefore = performance.now() + Math.min(records - 1, MOST_MS);
  }

  /** So many wait, with the one that came now. */
  came(waiting: number): void {
    if (waiting === ENOUGH_RECORDS) this.#isEnough?.();
  }

  /** Resolves when the next commit may begin. */
  async untilOver(waiting: number): Promise<void> {
    const earlyMs = this.#notBefore - performance.now();
    if (earlyMs <= 0 || waiting >= ENOUGH_RECORDS) return;
    await new Promise<void>((resolve) => {
      const over = setTimeout(resolve, earlyMs);
      this.#isEnough = () => {
        clearTimeout(over);
        resolve();
      };
    });
  }
}
