import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** What a statement gave; `rowsRead` counts the rows an INSERT … FROM INFILE took from its file. */
export interface EngineResult {
  readonly bytes: Uint8Array;
  readonly rowsRead: number;
  readonly bytesRead: number;
}

/** ClickHouse's own parser about a text; classes: 0 reads, 1–2 change data, 3 SET/SYSTEM/OUTFILE …, 4 not parsed. */
export interface Verdict {
  readonly statementCount: number;
  readonly queryClass: number;
}

interface NativeBinding {
  CreateConnection(path: string, args?: readonly string[]): object;
  CloseConnection(connection: object): void;
  QueryAsyncConnection(connection: object, sql: string, format: string): Promise<EngineResult>;
  DurableClassifyAsync(connection: object, sql: string, database: string): Promise<Verdict>;
}

/**
 * chDB's native binding, below its `Session` class. Session.close() waits for every operation running anywhere in the
 * process before it frees its own connection: behind one long query thousands of closed sessions pile up. Here a
 * connection is closed when its own statement is done, which is all the engine asks for. The entry is private to chdb
 * (pinned version); engine.test.ts fails if it moves.
 */
function loadBinding(): NativeBinding {
  const require = createRequire(import.meta.url);
  const loader = require(join(dirname(require.resolve('chdb/package.json')), 'dist/loader.js')) as { loadNative(): NativeBinding };
  return loader.loadNative();
}

let binding: NativeBinding | undefined;

/**
 * One connection: settings, query parameters and USE stick to it, so a request gets its own (0.15 ms).
 * It runs one statement at a time. All connections of a process share one data directory.
 */
export class Connection {
  readonly #binding: NativeBinding;
  readonly #handle: object;

  /** @param args engine arguments; only those of a process's first connection count */
  constructor(dataDir: string, args?: readonly string[]) {
    this.#binding = binding ??= loadBinding();
    this.#handle = args === undefined ? this.#binding.CreateConnection(dataDir) : this.#binding.CreateConnection(dataDir, args);
  }

  /** Runs statements separated by `;`; the first error ends them. */
  query(sql: string, format = 'TabSeparated'): Promise<EngineResult> {
    return this.#binding.QueryAsyncConnection(this.#handle, sql, format);
  }

  /** Parses without running. */
  classify(sql: string): Promise<Verdict> {
    return this.#binding.DurableClassifyAsync(this.#handle, sql, '');
  }

  /** Only after the last statement has settled. */
  close(): void {
    this.#binding.CloseConnection(this.#handle);
  }
}
