import { execFileSync } from 'node:child_process';
import { refuse } from './clickhouse-error.ts';
import type { Statement } from './statement.ts';

/** The right to run one statement; a FIFO of that name in the spool directory carries its result. */
export interface Lane {
  readonly fifo: string;
}

interface Waiting {
  readonly resolve: (lane: Lane) => void;
}

/** Requests that may wait for a lane of one kind before more are refused. */
const MAX_WAITING = 256;

/**
 * Bounds what runs at once. Data, other writes and reads have lanes of their own, so that a long rebuild holds up
 * neither inserts nor dashboards; KILL has one so that it can always run.
 */
export class Lanes {
  readonly #pools: Readonly<Record<Statement['kind'], LanePool>>;

  constructor(spoolDir: string, readers: number) {
    const counts = { load: 1, other: 1, control: 1, read: readers };
    const lanes = (kind: Statement['kind']): Lane[] => Array.from({ length: counts[kind] }, (_, index) => ({ fifo: `${kind}-${index}` }));
    const read = lanes('read');
    execFileSync('mkfifo', ['-m', '600', ...read.map(({ fifo }) => fifo)], { cwd: spoolDir, stdio: 'ignore' });
    this.#pools = {
      load: new LanePool(lanes('load')),
      other: new LanePool(lanes('other')),
      control: new LanePool(lanes('control')),
      read: new LanePool(read),
    };
  }

  /** Runs `task` once a lane is free; `gone` gives up waiting, but not the task. */
  async run<T>(kind: Statement['kind'], gone: AbortSignal, task: (lane: Lane) => Promise<T>): Promise<T> {
    const pool = this.#pools[kind];
    const lane = await pool.acquire(gone);
    try {
      return await task(lane);
    } finally {
      pool.release(lane);
    }
  }
}

class LanePool {
  readonly #free: Lane[];
  readonly #waiting: Waiting[] = [];

  constructor(lanes: Lane[]) {
    this.#free = lanes;
  }

  acquire(gone: AbortSignal): Promise<Lane> {
    gone.throwIfAborted();
    const lane = this.#free.pop();
    if (lane !== undefined) return Promise.resolve(lane);
    if (this.#waiting.length >= MAX_WAITING) throw refuse('TOO_MANY_SIMULTANEOUS_QUERIES', 'Too many simultaneous queries.');
    const { promise, resolve, reject } = Promise.withResolvers<Lane>();
    const waiting = { resolve };
    this.#waiting.push(waiting);
    gone.addEventListener(
      'abort',
      () => {
        const index = this.#waiting.indexOf(waiting);
        if (index < 0) return;
        this.#waiting.splice(index, 1);
        reject(gone.reason as Error);
      },
      { once: true },
    );
    return promise;
  }

  release(lane: Lane): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free.push(lane);
    else next.resolve(lane);
  }
}
