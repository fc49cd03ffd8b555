import { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import type { ClickHouseClient } from '@clickhouse/client';
import type { LedgerEntry, StepRow } from '@tokenledger/model';
import { RowsRefused, unavailable } from '../errors.ts';
import { CALL_COLUMNS } from './call-columns.ts';
import { type EncodedRows, encodeRows } from './encode-rows.ts';
import { shardOf } from './shard-of.ts';
import { STEP_COLUMNS } from './span-columns.ts';

export interface WriteBatch {
  /** Names this batch for ever: the same token with the same rows counts once, in the tables and in every rollup. */
  readonly token: string;
  readonly entries: readonly LedgerEntry[];
  readonly steps: readonly StepRow[];
  /** The same rows as they are sent, where they were encoded as they came. */
  readonly encoded?: EncodedRows | undefined;
}

/**
 * Stores a batch: one insert per table, on one of the `shards` if there are any. Returns when it is on disk. Throws `RowsRefused` before anything is sent, or
 * `LedgerUnavailable`; after the latter a part may be stored, and writing again with the same token completes it.
 */
export async function writeBatch(client: ClickHouseClient, batch: WriteBatch, shards: readonly number[] = []): Promise<void> {
  const { calls, spans } = batch.encoded ?? encodeRows(batch);
  const refused = [
    ...calls.notStorable.map((row) => ({ list: 'entries' as const, ...row })),
    ...spans.notStorable.map((row) => ({ list: 'steps' as const, ...row })),
  ];
  if (refused.length > 0) throw new RowsRefused(refused);
  const place = { token: batch.token, shard: shardOf(batch.token, shards) };
  if (batch.entries.length > 0) await insert(client, { table: 'calls', columns: CALL_COLUMNS, block: calls.bytes, ...place });
  if (batch.steps.length > 0) await insert(client, { table: 'spans', columns: STEP_COLUMNS, block: spans.bytes, ...place });
}

interface Insert {
  readonly table: string;
  readonly columns: readonly { readonly name: string }[];
  readonly block: readonly Buffer[];
  readonly token: string;
  /** Of a cluster. */
  readonly shard: number | undefined;
}

async function insert(client: ClickHouseClient, { table, columns, block, token, shard }: Insert): Promise<void> {
  try {
    const { stream } = await client.exec({
      query: `INSERT INTO ${table} (${columns.map(({ name }) => name).join(', ')}) FORMAT Native`,
      values: Readable.from(block, { objectMode: false }),
      clickhouse_settings: {
        insert_deduplication_token: `${token}/${table}`,
        deduplicate_blocks_in_dependent_materialized_views: 1,
        async_insert: 0,
        // One block per insert and one thread: a retry must cut the rows as the first attempt did.
        max_insert_threads: '1',
        min_insert_block_size_rows: '0',
        min_insert_block_size_bytes: '0',
        // On a cluster the Distributed table answers when the shard has stored the rows.
        distributed_foreground_insert: 1,
        ...(shard !== undefined && { insert_shard_id: String(shard) }),
      },
    });
    stream.resume();
    await finished(stream);
  } catch (cause) {
    throw unavailable(`cannot write to ${table}`, cause);
  }
}
