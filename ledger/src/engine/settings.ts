import { refuse } from './clickhouse-error.ts';
import { quoteName, quoteText } from './quote.ts';

/** URL parameters of ClickHouse's HTTP interface that are no settings of the query. */
const NOT_SETTINGS = new Set(
  [
    'query database default_format user password query_id quota_key role stacktrace',
    'session_id session_timeout session_check close_session',
    'compress decompress enable_http_compression wait_end_of_query buffer_size client_protocol_version',
    // Set by the engine itself:
    'log_comment readonly',
  ].flatMap((names) => names.split(' ')),
);

/** 0: everything; 1: only reads, no settings in the SQL; 2: only reads. */
export type ReadonlyLevel = 0 | 1 | 2;

/**
 * The statements that give a connection the request's database, settings and query parameters.
 * Names are checked, values quoted; limits are constraints of the engine's own profile.
 *
 * @param queryId becomes `log_comment`: chDB cannot be given a query_id, and KILL QUERY needs a handle
 */
export function preamble(params: URLSearchParams, database: string | undefined, level: ReadonlyLevel, queryId: string): string {
  const settings = new Map<string, string>();
  for (const [name, value] of params) {
    if (NOT_SETTINGS.has(name)) continue;
    if (!/^\w+$/.test(name)) throw refuse('UNKNOWN_SETTING', `Unknown setting ${quoteText(name)}.`);
    settings.set(name, value);
  }
  settings.set('log_comment', queryId);
  // The last one: after it nothing can be changed.
  if (level > 0) settings.set('readonly', String(level));
  const set = `SET ${[...settings].map(([name, value]) => `${name} = ${quoteText(value)}`).join(', ')};\n`;
  return database === undefined ? set : `USE ${quoteName(database)};${set}`;
}
