/**
 * Everything the ledger throws. `retryable` says whether the same call can succeed later: then nothing was lost, and a write
 * is repeated with the same token.
 */
export class LedgerError extends Error {
  readonly code: string;
  readonly retryable: boolean;

  constructor(code: string, retryable: boolean, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
    this.retryable = retryable;
  }
}

/** ClickHouse did not do it, for a reason that is not in the rows: away, overloaded, out of memory or space, misconfigured. */
export class LedgerUnavailable extends LedgerError {
  constructor(message: string, options?: ErrorOptions) {
    super('ledger_unavailable', true, message, options);
  }
}

/** What a client call failed with, as an error of the ledger. */
export function unavailable(what: string, cause: unknown): LedgerError {
  if (cause instanceof LedgerError) return cause;
  return new LedgerUnavailable(`${what}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
}

/** Where a row that cannot be stored stands in the batch, and why. */
export interface RefusedRow {
  readonly list: 'entries' | 'steps';
  readonly index: number;
  readonly reason: string;
}

/** Rows that can never be stored. Nothing of the batch was: write the others again with the same token. */
export class RowsRefused extends LedgerError {
  readonly rows: readonly RefusedRow[];

  constructor(rows: readonly RefusedRow[], options?: ErrorOptions) {
    const [first] = rows;
    const example = first ? `: ${first.list}[${first.index}] ${first.reason}` : '';
    super('rows_refused', false, `${rows.length} rows cannot be stored${example}`, options);
    this.rows = rows;
  }
}

/** Somebody removed what was left for the engine. The same rows, made anew, can be written with the same token. */
export class BatchGone extends LedgerError {
  constructor(message: string, options?: ErrorOptions) {
    super('batch_gone', false, message, options);
  }
}

/** The database was migrated by a newer Tokenledger, or its migrations are not ours. Nothing was changed. */
export class SchemaMismatch extends LedgerError {
  constructor(message: string) {
    super('schema_mismatch', false, message);
  }
}

/** A migration failed; the message holds the statement. Running `migrate` again continues where it stopped. */
export class MigrationFailed extends LedgerError {
  constructor(message: string, options?: ErrorOptions) {
    super('migration_failed', false, message, options);
  }
}
