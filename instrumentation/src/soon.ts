import { loadPriceBook } from './cost.ts';
import { guarded } from './guard.ts';
import { startTimer } from './timers.ts';

/** Long enough for the app to go on first and for several calls to become spans at once; too short for anybody to notice. */
const MOMENT_MS = 20;
const MAX_WAITING = 1_000;

let waiting: (() => void)[] = [];

/** Does a piece of work in a moment, the first time when the price book is loaded; earlier if somebody asks for all spans. */
export function soon(work: () => void): void {
  waiting.push(guarded(work));
  if (waiting.length >= MAX_WAITING) return doWaiting();
  if (waiting.length === 1) void loadPriceBook().then(() => startTimer(doWaiting, MOMENT_MS));
}

/** Does all that waits as soon as there are prices. */
export async function doAllWaiting(): Promise<void> {
  if (waiting.length > 0) await loadPriceBook();
  doWaiting();
}

/** Does all that waits, now. Work may leave more work: a call that is concluded is emitted next. */
export function doWaiting(): void {
  while (waiting.length > 0) {
    const works = waiting;
    waiting = [];
    for (const work of works) work();
  }
}
