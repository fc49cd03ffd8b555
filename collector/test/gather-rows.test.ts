import { LedgerUnavailable, type OpenBatch } from '@tokenledger/ledger';
import type { StepRow } from '@tokenledger/model';
import { expect, test } from 'vitest';
import { gatherRows } from '../src/store/gather-rows.ts';
import type { Patience } from '../src/store/patience.ts';
import { createStubLedger } from './stub-ledger.ts';

const atOnce: Patience = (_what, attempt) => attempt();

/** Enough rows that what was encoded of them is left for the ledger. */
const MANY = { entries: [], steps: Array.from<StepRow>({ length: 30_000 }), duplicates: 0 };

function batchThat(fails: 'spool' | 'close') {
  const done: string[] = [];
  const step = async (name: 'spool' | 'close') => {
    await Promise.resolve();
    done.push(name);
    if (name === fails) throw new LedgerUnavailable('the disk is full');
  };
  const batch: OpenBatch = {
    append: () => [],
    spool: () => step('spool'),
    close: () => step('close'),
    async write() {
      done.push('write');
    },
    async discard() {
      done.push('discard');
    },
  };
  return { done, rows: gatherRows('one', { ...createStubLedger(), openBatch: () => batch }) };
}

test('what could not be left beside the understanding of what follows is told to who adds to it, and then discarded', async () => {
  const { done, rows } = batchThat('spool');
  await rows.add(MANY);
  await expect(rows.add(MANY)).rejects.toBeInstanceOf(LedgerUnavailable);
  await rows.discard();
  expect(done).toEqual(['spool', 'discard']);
});

test('it is written when all of it was left, or was tried to be, and never beside that', async () => {
  for (const fails of ['spool', 'close'] as const) {
    const { done, rows } = batchThat(fails);
    await rows.add(MANY);
    await rows.close().write(atOnce);
    expect(done).toEqual(fails === 'spool' ? ['spool', 'write', 'discard'] : ['spool', 'close', 'write', 'discard']);
  }
});
