import { named, rollup, type SumTable } from './sum-table.ts';
import type { Migration } from './migration.ts';

/** How far calls are understood and priced, by who told of them: what the health of the ledger is read from. */
export const quality: SumTable = {
  table: 'quality_1h',
  from: 'calls',
  bucket: 'hour',
  keptDays: 800,
  keys: named('provider', 'model', 'unpriced_reason', 'scope_name', 'scope_version', 'semantics_profile', 'semantics_confidence'),
  numbers: [
    ['calls', 'Int64', 'delta_calls'],
    ['unpriced_calls', 'Int64', 'delta_unpriced_calls'],
    ['calls_without_usage', 'Int64', `if(usage_meters = '', delta_calls, 0)`],
    ['flagged_calls', 'Int64', 'if(notEmpty(semantics_flags), delta_calls, 0)'],
  ],
  maps: [],
  shardBy: 'sipHash64(tenant, time)',
};

const ROLLUP = rollup(quality);

export const qualityRollup: Migration = {
  version: 3,
  name: 'rollup of what is known of calls',
  changes: [ROLLUP.create, ROLLUP.view],
  rollups: [ROLLUP],
};
