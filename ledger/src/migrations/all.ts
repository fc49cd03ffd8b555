import { ledgerTables } from './001-ledger.ts';
import { dashboardRollups } from './002-dashboard-rollups.ts';
import { qualityRollup } from './003-quality-rollup.ts';
import type { Migration } from './migration.ts';

/** Every migration, oldest first. A released one is never edited: `migrate` compares checksums. */
export const MIGRATIONS: readonly Migration[] = [ledgerTables, dashboardRollups, qualityRollup];

/** Every table of sums. */
export const ROLLUPS = MIGRATIONS.flatMap(({ rollups = [] }) => rollups);
