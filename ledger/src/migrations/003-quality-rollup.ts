import { QUALITY_KEYS, QUALITY_NUMBERS, USAGE_FEED } from './001-usage-sums.ts';
import { named, rollup, type SumTable } from './sum-table.ts';
import type { Migration } from './migration.ts';

/** How far calls are understood and priced, by who told of them: what the health of the ledger is read from. */
export const quality: SumTable = {
  table: 'quality_1h',
  from: 'calls',
  bucket: 'hour',
  keptDays: 800,
  keys: named('provider', 'model', ...QUALITY_KEYS),
  numbers: [
    ['calls', 'Int64', 'delta_calls'],
    ['unpriced_calls', 'Int64', 'delta_unpriced_calls'],
    ...QUALITY_NUMBERS.map(([name, sql]) => [name, 'Int64', sql] as const),
  ],
  maps: [],
  shardBy: 'sipHash64(tenant, time)',
};

const ROLLUP = rollup(quality, { from: USAGE_FEED[0].table, grouped: true });

export const qualityRollup: Migration = {
  version: 3,
  name: 'rollup of what is known of calls',
  changes: [ROLLUP.create, ROLLUP.view],
  rollups: [ROLLUP],
};
