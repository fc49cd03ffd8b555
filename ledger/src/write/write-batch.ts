import type { ClickHouseClient } from '@clickhouse/client';
import type { LedgerEntry, StepRow } from '@tokenledger/model';
import { type RefusedRow, RowsRefused } from '../errors.ts';
import { CALL_COLUMNS, toCallRow } from './call-columns.ts';
import { TableInsert } from './table-insert.ts';
import { listColumns, type NotStorableRow } from './native-block.ts';
import { shardOf } from './shard-of.ts';
import { type Insert, STEP_COLUMNS, toFacedStep } from './span-columns.ts';
import type { Blocks, SpareBlocks } from './spare-blocks.ts';

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
  /** Where the engine has an inbox, what was appended so far waits there, and not in memory. Throws `LedgerUnavailable`; it may then be repeated. */
  readonly spool: () => Promise<void>;
  /**
   * It takes no more rows, and where the engine has an inbox all of it waits there: what it had in memory is free for the next. Throws as `spool`
   * does; it may then be repeated, and `write` repeats it.
   */
  readonly close: () => Promise<void>;
  /**
   * Stores it: one insert per table, on one shard if there are any. Returns when it is on disk. Throws `LedgerUnavailable`: a part may then be
   * stored, and writing again completes it; or `BatchGone`: what was left for the engine is there no more.
   */
  readonly write: () => Promise<void>;
  /** Nobody will write it again: what is left of it for the engine is removed. */
  readonly discard: () => Promise<void>;
}

/** Where batches go. */
export interface Target {
  readonly client: ClickHouseClient;
  /** Numbers of a cluster's shards; none where there is no cluster. */
  readonly shards: () => Promise<readonly number[]>;
  /** Of an embedded engine, which then need not be sent what is written. */
  readonly inbox: string | undefined;
  readonly spare: SpareBlocks;
}

export function openBatch({ client, shards, inbox, spare }: Target, token: string): OpenBatch {
  const insert: Insert = { recordedMs: Date.now(), token };
  let open: Blocks | undefined = spare.take();
  let isClosed = false;
  const inserts = [
    new TableInsert('calls', listColumns(CALL_COLUMNS), open.calls),
    new TableInsert('spans', listColumns(STEP_COLUMNS), open.spans),
  ];
  const giveBack = () => {
    if (open) spare.giveBack(open);
    open = undefined;
  };
  async function close(): Promise<void> {
    isClosed = true;
    if (!open) return;
    for (const one of inserts) await one.close(inbox);
    if (inbox !== undefined) giveBack();
  }
  return {
    close,
    append({ entries, steps }) {
      if (!open || isClosed) throw new Error('a batch that is closed takes no more rows');
      const refusedEntries = open.calls.append(entries.map((entry) => toCallRow(entry, insert)));
      const refusedSteps = open.spans.append(steps.map((step) => toFacedStep(step, insert)));
      if (refusedEntries.length + refusedSteps.length === 0) return NONE;
      return [...refusedEntries.map(inList('entries')), ...refusedSteps.map(inList('steps'))];
    },
    async spool() {
      if (inbox !== undefined && !isClosed) for (const one of inserts) await one.spool(inbox);
    },
    async write() {
      await close();
      const shard = shardOf(token, await shards());
      for (const one of inserts) await one.run(client, token, shard);
      giveBack();
    },
    async discard() {
      for (const one of inserts) await one.discard();
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
  try {
    await batch.write();
  } finally {
    await batch.discard();
  }
}
