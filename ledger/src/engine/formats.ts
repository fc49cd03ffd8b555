import { refuse } from './clickhouse-error.ts';

const CONTENT_TYPES: readonly (readonly [pattern: RegExp, type: string])[] = [
  [/^JSON.*EachRow|^NDJSON/, 'application/x-ndjson; charset=UTF-8'],
  [/^JSON/, 'application/json; charset=UTF-8'],
  [/^CSV.*Names/, 'text/csv; charset=UTF-8; header=present'],
  [/^CSV/, 'text/csv; charset=UTF-8; header=absent'],
  [/^(TSV|TabSeparated)/, 'text/tab-separated-values; charset=UTF-8'],
  [/^(RowBinary|Native|Parquet|Arrow|ORC|Avro|MsgPack|RawBLOB|Npy|BSON)/, 'application/octet-stream'],
];

/** Content-Type of a result, as ClickHouse names it. */
export function contentType(format: string): string {
  return CONTENT_TYPES.find(([pattern]) => pattern.test(format))?.[1] ?? 'text/plain; charset=UTF-8';
}

/** A format's name is put into SQL, so it must be a plain word. */
export function checkFormat(format: string): string {
  if (!/^\w+$/.test(format)) throw refuse('UNKNOWN_FORMAT', `Unknown format ${JSON.stringify(format)}.`);
  return format;
}
