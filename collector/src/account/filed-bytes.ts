import type { SegmentFile } from '../journal/segment-file.ts';

const WINDOW_BYTES = 2 ** 15;

/** Bytes of files. What is read ahead is mostly asked for next: traces that come back together came together. */
export class FiledBytes {
  readonly #window: Buffer;
  #file: SegmentFile | undefined;
  #from = 0;
  #end = 0;

  constructor(longest: number) {
    this.#window = Buffer.allocUnsafeSlow(Math.max(WINDOW_BYTES, longest));
  }

  /** What it gives is gone when it is asked again. `undefined`: the file has it no more. */
  read(file: SegmentFile, at: number, length: number): { readonly bytes: Buffer; readonly from: number } | undefined {
    if (file !== this.#file || at < this.#from || at + length > this.#end) {
      this.#file = file;
      this.#from = at;
      this.#end = at + file.readAgain(this.#window, at);
    }
    return at + length > this.#end ? undefined : { bytes: this.#window, from: at - this.#from };
  }
}
