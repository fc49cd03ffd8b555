import { closeSync, constants, openSync } from 'node:fs';
import { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import type { EngineResult } from './chdb.ts';

type Outcome = { readonly result: EngineResult } | { readonly error: unknown };

/** A running statement: the bytes of its result as they come, and how it ended. The outcome never rejects. */
export interface Running {
  readonly bytes: Readable;
  readonly outcome: Promise<Outcome>;
}

/**
 * Streams what `run` writes INTO OUTFILE the FIFO at `path`.
 *
 * chDB's own streaming (Session.queryStream) makes every chunk a whole document and analyses on the main thread; a
 * FIFO keeps any format intact, and a slow reader slows the engine down. The read end stays open until the engine is
 * done, since opening a FIFO for writing blocks for ever without a reader; the write end held here keeps the stream
 * from ending before the engine has opened its own.
 */
export function readThroughFifo(path: string, run: () => Promise<EngineResult>): Running {
  const readEnd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const writeEnd = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
  const bytes = new Socket({ fd: readEnd, readable: true, writable: false });
  const outcome = run()
    .then(
      (result): Outcome => ({ result }),
      (error: unknown): Outcome => ({ error }),
    )
    .finally(() => closeSync(writeEnd));
  return { bytes, outcome };
}
