import { randomUUID } from 'node:crypto';
import { readSync } from 'node:fs';
import { type FileHandle, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { writeWhole } from '../engine/inbox.ts';
import { BatchGone } from '../errors.ts';
import type { OpenBlock } from './native-block.ts';

export type Block = Pick<OpenBlock<never>, 'rows' | 'start' | 'streams' | 'goOn'>;

/** Where in the file. */
interface Range {
  readonly at: number;
  readonly length: number;
}

/** So much is read and written at a time when a block is put together. */
const ROOM_BYTES = 2 ** 20;

/**
 * What a block had so far, in a file: a block of many rows is made a piece at a time, of which one alone is in memory. The format has a column's
 * streams one behind another, so when the block is complete each is read from all pieces. The engine is given one block however it was cut: it
 * recognises a repeated insert by its blocks.
 */
export class SpooledBlock {
  readonly #path: string;
  #file: FileHandle | undefined;
  #end = 0;
  #rows = 0;
  /** Of each stream the pieces, in order. */
  readonly #ranges: Range[][] = [];

  constructor(directory: string) {
    this.#path = join(directory, `spool-${randomUUID()}`);
  }

  /** The block then goes on without these rows. Should it fail nothing was added, and it may be tried again. */
  async add(block: Block): Promise<void> {
    this.#file ??= await open(this.#path, 'wx+', 0o600);
    const streams = block.streams();
    const bytes = streams.flatMap((stream) => stream.bytes);
    await writeWhole(this.#file, bytes, this.#end);
    for (const [index, stream] of streams.entries()) {
      const length = stream.bytes.reduce((sum, piece) => sum + piece.length, 0);
      (this.#ranges[index] ??= []).push({ at: this.#end, length });
      this.#end += length;
    }
    this.#rows += block.rows;
    block.goOn();
  }

  /** The whole block: what was added, and what `last` has now. It reads without waiting: some hundred small pieces that were written a moment ago. */
  *whole(last: Block): Generator<readonly Buffer[]> {
    yield [last.start(this.#rows + last.rows)];
    const room = Buffer.allocUnsafe(ROOM_BYTES);
    for (const [index, { head, bytes }] of last.streams().entries()) {
      let before: readonly Buffer[] = [head];
      for (const read of this.#read(this.#ranges[index] ?? [], room)) {
        if (read.length < room.length) before = [...before, read];
        else {
          yield [...before, read];
          before = [];
        }
      }
      yield [...before, ...bytes];
    }
  }

  async remove(): Promise<void> {
    await this.#file?.close();
    await rm(this.#path, { force: true });
  }

  /** All but the last of what it gives fills the room, and is gone when more is asked for. */
  *#read(ranges: readonly Range[], room: Buffer): Generator<Buffer> {
    let filled = 0;
    for (const { at, length } of ranges)
      for (let done = 0; done < length;) {
        if (filled === room.length) {
          yield room;
          filled = 0;
        }
        const read = this.#file ? readSync(this.#file.fd, room, filled, Math.min(length - done, room.length - filled), at + done) : 0;
        if (read === 0) throw new BatchGone('a part of what was to be written is gone');
        done += read;
        filled += read;
      }
    yield room.subarray(0, filled);
  }
}
