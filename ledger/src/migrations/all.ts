import { ledgerTables } from './001-ledger.ts';
import type { Migration } from './migration.ts';

/** Every migration, oldest first. A released one is never edited: `migrate` compares checksums. */
export const MIGRATIONS: readonly Migration[] = [ledgerTables];
