import { named, rollup, type SumTable } from './002-dashboard-rollups.ts';
import type { Migration } from './migration.ts';

/** How far calls are understood and priced, by who told of them: what the health of the ledger is read from. */
export const quality: SumTable = {
  table: 'quality_1h',
  from: 'calls',
  bucket: 'hour',
  keptDays: 800,
  keys: named('provider', 'model', 'unpriced_reason', 'scope_name', 'scope_version', 'semantics_profile', 'semantics_confidence'),
  numbers: [
    ['calls', 'Int64', 'sum(delta_calls)'],
    ['unpriced_calls', 'Int64', 'sum(delta_unpriced_calls)'],
    ['calls_without_usage', 'Int64', `sumIf(delta_calls, usage_meters = '')`],
    ['flagged_calls', 'Int64', 'sumIf(delta_calls, notEmpty(semantics_flags))'],
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
