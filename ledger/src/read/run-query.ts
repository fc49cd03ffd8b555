import { ClickHouseError, type ClickHouseClient } from '@clickhouse/client';
import { workedOut } from '../migrations/worked-out.ts';
import { LedgerError, LedgerUnavailable, unavailable } from '../errors.ts';

/** Runs one read of one tenant and gives its rows. The tenant parameter is filled in; callers cannot choose it. */
export type RunQuery = <Row>(sql: string, params: Readonly<Record<string, unknown>>, form?: AnswerForm<Row>) => Promise<readonly Row[]>;

/** One of ClickHouse's formats, and how it is read. */
export interface AnswerForm<Row> {
  readonly format: string;
  readonly toRows: (answer: Buffer) => readonly Row[];
}

/** The question costs more than a read may: a narrower one can be answered. */
export class ReadTooHeavy extends LedgerError {
  constructor(message: string, options?: ErrorOptions) {
    super('read_too_heavy', false, message, options);
  }
}

/** A query of ours that ClickHouse refused: a bug here, not something a caller can mend. */
export class ReadFailed extends LedgerError {
  constructor(message: string, options?: ErrorOptions) {
    super('read_failed', false, message, options);
  }
}

/** ClickHouse's error codes for "over the limits of this query". */
const TOO_HEAVY: Readonly<Record<string, string>> = {
  158: 'it reads too many rows',
  159: 'it takes too long',
  160: 'it takes too long',
  241: 'it needs too much memory',
  307: 'it reads too many bytes',
  396: 'it returns too many rows',
};
/** Not our query's fault: too many queries at once, cancelled, network or shard trouble, no such table yet. */
const PASSING = new Set(['60', '81', '202', '209', '210', '236', '279', '394', '425']);

/** Binds the client to a tenant. No other code of the ledger's readers holds the client. */
export function runQueryFor(client: ClickHouseClient, tenant: string): RunQuery {
  return async <Row>(sql: string, params: Readonly<Record<string, unknown>>, form: AnswerForm<Row> = JSON_COLUMNS as AnswerForm<Row>) => {
    try {
      const { stream } = await client.exec({
        query: `${workedOut(sql)}\nFORMAT ${form.format}`,
        query_params: { ...params, tenant },
        clickhouse_settings: WHOLE,
      });
      const chunks: Buffer[] = [];
      for await (const chunk of stream) chunks.push(chunk as Buffer);
      return form.toRows(Buffer.concat(chunks));
    } catch (error) {
      throw readError(error);
    }
  };
}

/** What fails half-way is told as an error, not in an answer that has begun. */
const WHOLE = { wait_end_of_query: 1 } as const;

/** An answer comes by column: written and read in half the time that an object a row takes, names and all. */
const JSON_COLUMNS: AnswerForm<unknown> = {
  format: 'JSONColumnsWithMetadata',
  toRows: (answer) => {
    const { data } = JSON.parse(answer.toString()) as { readonly data: Readonly<Record<string, readonly unknown[]>> };
    const named = Object.entries(data);
    return (named[0]?.[1] ?? []).map((_, at) => {
      const row: Record<string, unknown> = {};
      for (const [name, values] of named) row[name] = values[at];
      return row;
    });
  },
};

function readError(error: unknown): LedgerError {
  if (!(error instanceof ClickHouseError)) return unavailable('cannot read', error);
  const heavy = TOO_HEAVY[error.code];
  if (heavy) return new ReadTooHeavy(`the query is too heavy: ${heavy}; ask for a shorter range or fewer groups`, { cause: error });
  if (PASSING.has(error.code)) return new LedgerUnavailable('ClickHouse cannot answer now', { cause: error });
  return new ReadFailed(`ClickHouse refused a query (code ${error.code})`, { cause: error });
}
