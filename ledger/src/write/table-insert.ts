import { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { ClickHouseError, type ClickHouseClient } from '@clickhouse/client';
import { type LeftData, leaveInInbox } from '../engine/inbox.ts';
import { BatchGone, unavailable } from '../errors.ts';
import { bytesOf } from './native-block.ts';
import { type Block, SpooledBlock } from './spooled-block.ts';

/** Of ClickHouse's errors, that of a file that is not there. */
const FILE_DOESNT_EXIST = '107';

/**
 * One insert, which is tried until it succeeds. What it stores is in memory only until it lies in the engine's inbox; there it outlives the engine,
 * and every attempt finds it.
 */
export class TableInsert {
  readonly #table: string;
  readonly #columns: readonly { readonly name: string }[];
  readonly #block: Block;
  #spooled: SpooledBlock | undefined;
  #left: LeftData | undefined;
  #isStored = false;

  constructor(table: string, columns: readonly { readonly name: string }[], block: Block) {
    this.#table = table;
    this.#columns = columns;
    this.#block = block;
  }

  /** The rows so far are no longer in memory. */
  async spool(inbox: string): Promise<void> {
    if (this.#block.rows === 0) return;
    this.#spooled ??= new SpooledBlock(inbox);
    await this.#orUnavailable(this.#spooled.add(this.#block));
  }

  /** There are no more rows, and where there is an inbox the block is not asked for them again. */
  async close(inbox: string | undefined): Promise<void> {
    if (this.#block.rows === 0 && !this.#spooled) this.#isStored = true;
    if (this.#isStored || this.#left || inbox === undefined) return;
    this.#left = await this.#orUnavailable(leaveInInbox(inbox, this.#spooled?.whole(this.#block) ?? [bytesOf(this.#block)]));
    await this.#spooled?.remove();
  }

  async #orUnavailable<Result>(leaving: Promise<Result>): Promise<Result> {
    try {
      return await leaving;
    } catch (cause) {
      if (cause instanceof BatchGone) throw cause;
      throw unavailable(`cannot leave what is written to ${this.#table}`, cause);
    }
  }

  async run(client: ClickHouseClient, token: string, shard: number | undefined): Promise<void> {
    if (this.#isStored) return;
    try {
      const { stream } = await client.exec({
        query: `INSERT INTO ${this.#table} (${this.#columns.map(({ name }) => name).join(', ')}) FORMAT Native`,
        ...(this.#left ? { http_headers: this.#left.headers } : { values: Readable.from(bytesOf(this.#block), { objectMode: false }) }),
        clickhouse_settings: {
          insert_deduplication_token: `${token}/${this.#table}`,
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
          // Sums of many groups come in 256 blocks by default, each of which would go through the views behind a feed and become a part by itself.
          group_by_two_level_threshold: '0',
          group_by_two_level_threshold_bytes: '0',
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
      if (this.#left && cause instanceof ClickHouseError && cause.code === FILE_DOESNT_EXIST)
        throw new BatchGone(`what was to be written to ${this.#table} is gone`, { cause });
      throw unavailable(`cannot write to ${this.#table}`, cause);
    }
    this.#isStored = true;
    await this.discard();
  }

  async discard(): Promise<void> {
    await this.#spooled?.remove();
    await this.#left?.remove();
  }
}
