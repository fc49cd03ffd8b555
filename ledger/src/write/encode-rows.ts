import type { LedgerEntry, StepRow } from '@tokenledger/model';
import { CALL_COLUMNS, toCallRow } from './call-columns.ts';
import { type NativeBlock, startNativeBlock } from './native-block.ts';
import { STEP_COLUMNS, toSpanRow } from './span-columns.ts';
import type { WriteBatch } from './write-batch.ts';

/** A batch as ClickHouse takes it. */
export interface EncodedRows {
  readonly calls: NativeBlock;
  readonly spans: NativeBlock;
}

type Rows = Pick<WriteBatch, 'entries' | 'steps'>;

/** A batch that grows: rows are encoded while they are new, and the processor still has them at hand. */
export interface OpenBatch {
  readonly add: (rows: Rows) => void;
  readonly close: () => WriteBatch;
}

export function openBatch(token: string): OpenBatch {
  const entries: LedgerEntry[] = [];
  const steps: StepRow[] = [];
  const rows = startRows(token);
  return {
    add(more) {
      for (const entry of more.entries) entries.push(entry);
      for (const step of more.steps) steps.push(step);
      rows.append(more);
    },
    close: () => ({ token, entries, steps, encoded: rows.finish() }),
  };
}

export function encodeRows(batch: WriteBatch): EncodedRows {
  const rows = startRows(batch.token);
  rows.append(batch);
  return rows.finish();
}

function startRows(token: string): { append(rows: Rows): void; finish(): EncodedRows } {
  const shared = { recordedMs: Date.now(), token };
  const calls = startNativeBlock(CALL_COLUMNS);
  const spans = startNativeBlock(STEP_COLUMNS);
  return {
    append({ entries, steps }) {
      calls.append(entries.map((entry) => toCallRow(entry, shared)));
      spans.append(steps.map(({ tenant, step }) => toSpanRow(tenant, step, shared)));
    },
    finish: () => ({ calls: calls.finish(), spans: spans.finish() }),
  };
}
