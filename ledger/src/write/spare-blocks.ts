import { CALL_COLUMNS } from './call-columns.ts';
import type { CallRow } from './call-face.ts';
import { type OpenBlock, startNativeBlock } from './native-block.ts';
import { type FacedStep, STEP_COLUMNS } from './span-columns.ts';

/** Of one batch, for both tables. */
export interface Blocks {
  readonly calls: OpenBlock<CallRow>;
  readonly spans: OpenBlock<FacedStep>;
}

/** One batch is written while the next one grows. */
const MOST = 2;
/** Unusually many rows would hold for ever what only they needed. */
const MOST_ROWS = 250_000;

/** Blocks whose memory is used again: growing anew to some twenty megabytes a batch leaves as much garbage behind, outside of the heap that V8 collects. */
export class SpareBlocks {
  readonly #spare: Blocks[] = [];

  take(): Blocks {
    return this.#spare.pop() ?? { calls: startNativeBlock(CALL_COLUMNS), spans: startNativeBlock(STEP_COLUMNS) };
  }

  /** When nobody reads what they gave. */
  giveBack(blocks: Blocks): void {
    if (this.#spare.length >= MOST || blocks.calls.rows + blocks.spans.rows > MOST_ROWS) return;
    blocks.calls.clear();
    blocks.spans.clear();
    this.#spare.push(blocks);
  }
}
