import type { Connection } from './chdb.ts';
import { refuse } from './clickhouse-error.ts';
import { quoteText } from './quote.ts';

interface NamedSession {
  readonly connection: Connection;
  busy: boolean;
  /** The database is chosen when the session begins, as in ClickHouse. */
  fresh: boolean;
  expiry: NodeJS.Timeout | undefined;
}

/** Connections that outlive a request, by `session_id`: temporary tables and SET live there. */
export class NamedSessions {
  readonly #open: () => Connection;
  readonly #sessions = new Map<string, NamedSession>();

  constructor(open: () => Connection) {
    this.#open = open;
  }

  /** Lends a session's connection to one request. `mustExist` is `session_check=1`; it expires idle after `timeoutMs`. */
  async use<T>(
    id: string,
    options: { mustExist: boolean; timeoutMs: number; close: boolean },
    task: (connection: Connection, fresh: boolean) => Promise<T>,
  ): Promise<T> {
    let session = this.#sessions.get(id);
    if (session?.busy === true) throw refuse('SESSION_IS_LOCKED', `Session ${quoteText(id)} is locked by a concurrent client.`);
    if (session === undefined) {
      if (options.mustExist) throw refuse('SESSION_NOT_FOUND', `Session ${quoteText(id)} not found.`);
      session = { connection: this.#open(), busy: false, fresh: true, expiry: undefined };
      this.#sessions.set(id, session);
    }
    session.busy = true;
    clearTimeout(session.expiry);
    const { fresh } = session;
    session.fresh = false;
    try {
      return await task(session.connection, fresh);
    } finally {
      session.busy = false;
      if (options.close) this.#end(id);
      else session.expiry = setTimeout(() => this.#end(id), options.timeoutMs).unref();
    }
  }

  closeAll(): void {
    for (const id of this.#sessions.keys()) this.#end(id);
  }

  #end(id: string): void {
    const session = this.#sessions.get(id);
    if (session === undefined || session.busy) return;
    clearTimeout(session.expiry);
    this.#sessions.delete(id);
    session.connection.close();
  }
}
