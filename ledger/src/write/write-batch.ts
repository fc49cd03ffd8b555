import { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import type { ClickHouseClient } from '@clickhouse/client';
import type { LedgerEntry, StepRow } from '@tokenledger/model';
import { type LeftData, leaveInInbox } from '../engine/inbox.ts';
import { type RefusedRow, RowsRefused, unavailable } from '../errors.ts';
import { CALL_COLUMNS, toCallRow } from './call-columns.ts';
import { listColumns, type NotStorableRow, type OpenBlock, startNativeBlock } from './native-block.ts';
import { shardOf } from './shard-of.ts';
import { type Insert, STEP_COLUMNS, toFacedStep } from './span-columns.ts';

export interface Rows {
  readonly entries: readonly LedgerEntry[];
  readonly steps: readonly StepRow[];
}

export interface WriteBatch extends Rows {
  /** Names this batch for ever: the same token with the same rows counts once, in the tables and in every rollup. */
  readonly token: string;
}

/** A batch that grows. Its rows are encoded while they are new, and the processor still has them at hand; nothing of them is held. */
export interface OpenBatch {
  /** Adds these rows but for those that can never be stored: they are returned. */
  readonly append: (rows: Rows) => readonly RefusedRow[];
  /**
   * Stores it: one insert per table, on one shard if there are any. Returns when it is on disk. Throws `LedgerUnavailable`: a part may then be
   * stored, and writing again completes it.
   */
  readonly write: () => Promise<void>;
}

/** Where batches go. */
export interface Target {
  readonly client: ClickHouseClient;
  /** Numbers of a cluster's shards; none where there is no cluster. */
  readonly shards: () => Promise<readonly number[]>;
  /** Of an embedded engine, which then need not be sent what is written. */
  readonly inbox: string | undefined;
}

export function openBatch(target: Target, token: string): OpenBatch {
  const insert: Insert = { recordedMs: Date.now(), token };
  const calls = startNativeBlock(CALL_COLUMNS);
  const spans = startNativeBlock(STEP_COLUMNS);
  return {
    append({ entries, steps }) {
      const refusedEntries = calls.append(entries.map((entry) => toCallRow(entry, insert)));
      const refusedSteps = spans.append(steps.map((step) => toFacedStep(step, insert)));
      if (refusedEntries.length + refusedSteps.length === 0) return NONE;
      return [...refusedEntries.map(inList('entries')), ...refusedSteps.map(inList('steps'))];
    },
    async write() {
      const place = { token, shard: shardOf(token, await target.shards()) };
      if (calls.rows > 0) await insertBlock(target, { table: 'calls', columns: listColumns(CALL_COLUMNS), block: calls, ...place });
      if (spans.rows > 0) await insertBlock(target, { table: 'spans', columns: listColumns(STEP_COLUMNS), block: spans, ...place });
    },
  };
}

const NONE: readonly RefusedRow[] = [];

const inList =
  (list: RefusedRow['list']) =>
  (row: NotStorableRow): RefusedRow => ({ list, ...row });

/** Stores a batch whole, or throws `RowsRefused` before anything is sent. */
export async function writeBatch(target: Target, { token, ...rows }: WriteBatch): Promise<void> {
  const batch = openBatch(target, token);
  const refused = batch.append(rows);
  if (refused.length > 0) throw new RowsRefused(refused);
  await batch.write();
}

interface BlockInsert {
  readonly table: string;
  readonly columns: readonly { readonly name: string }[];
  readonly block: Pick<OpenBlock<never>, 'bytes'>;
  readonly token: string;
  /** Of a cluster. */
  readonly shard: number | undefined;
}

async function insertBlock({ client, inbox }: Target, { table, columns, block, token, shard }: BlockInsert): Promise<void> {
  let left: LeftData | undefined;
  try {
    if (inbox !== undefined) left = await leaveInInbox(inbox, block.bytes());
    const { stream } = await client.exec({
      query: `INSERT INTO ${table} (${columns.map(({ name }) => name).join(', ')}) FORMAT Native`,
      ...(left ? { http_headers: left.headers } : { values: Readable.from(block.bytes(), { objectMode: false }) }),
      clickhouse_settings: {
        insert_deduplication_token: `${token}/${table}`,
        deduplicate_blocks_in_dependent_materialized_views: 1,
        async_insert: 0,
        // One block per insert and one thread: a retry must cut the rows as the first attempt did.
        max_insert_threads: '1',
        min_insert_block_size_rows: '0',
        min_insert_block_size_bytes: '0',
        // Rows of one key within an insert are merged with those of others, later: looking for them costs a third of an insert of steps.
        optimize_on_insert: 0,
        // Rollups beside each other, which is a third faster where a processor is idle; each knows the token by itself.
        parallel_view_processing: 1,
        // An insert would be compiled anew each time.
        compile_expressions: 0,
        compile_aggregate_expressions: 0,
        compile_sort_description: 0,
        // On a cluster the Distributed table answers when the shard has stored the rows.
        distributed_foreground_insert: 1,
        ...(shard !== undefined && { insert_shard_id: String(shard) }),
      },
    });
    stream.resume();
    await finished(stream);
  } catch (cause) {
    throw unavailable(`cannot write to ${table}`, cause);
  } finally {
    await left?.remove();
  }
}
