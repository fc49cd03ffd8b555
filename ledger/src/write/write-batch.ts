import { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import type { ClickHouseClient } from '@clickhouse/client';
import type { LedgerEntry, StepRow } from '@tokenledger/model';
import { RowsRefused, unavailable, type RefusedRow } from '../errors.ts';
import { CALL_COLUMNS, toCallRow } from './call-columns.ts';
import { encodeNativeBlock, type Column } from './native-block.ts';
import { NotStorable } from './native-type.ts';
import { STEP_COLUMNS, toSpanRow } from './span-columns.ts';

export interface WriteBatch {
  /** Names this batch for ever: the same token with the same rows counts once, in the tables and in every rollup. */
  readonly token: string;
  readonly entries: readonly LedgerEntry[];
  readonly steps: readonly StepRow[];
}

/**
 * Stores a batch: one insert per table. Returns when it is on disk. Throws `RowsRefused` before anything is sent, or
 * `LedgerUnavailable`; after the latter a part may be stored, and writing again with the same token completes it.
 */
export async function writeBatch(client: ClickHouseClient, batch: WriteBatch, nowMs = Date.now()): Promise<void> {
  const calls = batch.entries.map((entry) => toCallRow(entry, nowMs));
  const spans = batch.steps.map(({ tenant, step }) => toSpanRow(tenant, step, nowMs));
  const callBlock = encode(CALL_COLUMNS, calls);
  const spanBlock = encode(STEP_COLUMNS, spans);
  if (!callBlock || !spanBlock)
    throw new RowsRefused([...refusedRows('entries', CALL_COLUMNS, calls), ...refusedRows('steps', STEP_COLUMNS, spans)]);
  if (calls.length > 0) await insert(client, 'calls', CALL_COLUMNS, callBlock, batch.token);
  if (spans.length > 0) await insert(client, 'spans', STEP_COLUMNS, spanBlock, batch.token);
}

async function insert<Row>(
  client: ClickHouseClient,
  table: string,
  columns: readonly Column<Row>[],
  block: Buffer,
  token: string,
): Promise<void> {
  try {
    const { stream } = await client.exec({
      query: `INSERT INTO ${table} (${columns.map(({ name }) => name).join(', ')}) FORMAT Native`,
      values: Readable.from([block], { objectMode: false }),
      clickhouse_settings: {
        insert_deduplication_token: `${token}/${table}`,
        deduplicate_blocks_in_dependent_materialized_views: 1,
        async_insert: 0,
        // One block per insert and one thread: a retry must cut the rows as the first attempt did.
        max_insert_threads: '1',
        min_insert_block_size_rows: '0',
        min_insert_block_size_bytes: '0',
        // On a cluster the Distributed table answers when every shard has stored its rows.
        distributed_foreground_insert: 1,
      },
    });
    stream.resume();
    await finished(stream);
  } catch (cause) {
    throw unavailable(`cannot write to ${table}`, cause);
  }
}

function encode<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): Buffer | undefined {
  try {
    return encodeNativeBlock(columns, rows);
  } catch (error) {
    if (error instanceof NotStorable) return undefined;
    throw error;
  }
}

/** Only after a block failed: each row of the columns that failed, alone, to name all that cannot be stored. */
function refusedRows<Row>(list: RefusedRow['list'], columns: readonly Column<Row>[], rows: readonly Row[]): readonly RefusedRow[] {
  const suspects = columns.filter((column) => !encode([column], rows));
  return rows.flatMap((row, index) => {
    const reasons = suspects.flatMap((column) => whyNotStorable(column, row));
    return reasons.length > 0 ? [{ list, index, reason: reasons.join('; ') }] : [];
  });
}

function whyNotStorable<Row>(column: Column<Row>, row: Row): readonly string[] {
  try {
    encodeNativeBlock([column], [row]);
    return [];
  } catch (error) {
    if (error instanceof NotStorable) return [`${column.name}: ${error.message}`];
    throw error;
  }
}
