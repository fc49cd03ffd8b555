import { bucketOf, USAGE_OF_SAME_METERS } from './001-usage-sums.ts';
import { PROMPT_FEED, PROMPT_ROLLUPS as PROMPTS, PROMPT_TABLES } from './002-prompt-sums.ts';
import { LONG_TEXT } from './group-hash.ts';
import type { Migration } from './migration.ts';
import type { Rollup } from './rollup.ts';
import { COUNTED, NAME, named, rollup, type SumTable } from './sum-table.ts';

const customers: SumTable = {
  table: 'customer_1h',
  from: 'calls',
  bucket: 'hour',
  keptDays: 800,
  keys: named('environment', 'team', 'feature', 'customer', 'provider', 'model'),
  numbers: COUNTED,
  maps: [['usage', 'Map(String, Decimal(38, 6))', 'delta_usage']],
  sumsOfGroup: { usage: USAGE_OF_SAME_METERS },
  alsoGroupedBy: 'delta_meters',
  shardBy: 'sipHash64(tenant, customer)',
};

const runs: SumTable = {
  table: 'run_1h',
  from: 'calls',
  bucket: 'hour',
  keptDays: 400,
  keys: [...named('environment', 'team', 'feature', 'customer', 'agent'), ['run', LONG_TEXT]],
  numbers: COUNTED,
  maps: [],
  condition: `run != ''`,
  usual: ['run', 'agent', 'team', 'feature'],
  shardBy: 'sipHash64(tenant, run)',
};

const SAID = (attribute: string) => `attributes['${attribute}']`;
/** An outcome is a span of its own, whatever its kind. */
const IS_OUTCOME = `${SAID('tokenledger.outcome.name')} != ''`;
const STEP_NUMBERS: SumTable['numbers'] = [
  ['steps', 'Int64', 'toInt64(1)'],
  ['failed_steps', 'Int64', `toInt64(status = 'error')`],
];

const steps: SumTable = {
  table: 'step_1h',
  from: 'spans',
  bucket: 'hour',
  keptDays: 800,
  keys: [
    ...named('service', 'environment', 'team', 'feature', 'agent'),
    ['step_kind', NAME, `if(${IS_OUTCOME}, 'outcome', kind)`],
    [
      'step',
      NAME,
      `multiIf(${IS_OUTCOME}, ${SAID('tokenledger.outcome.name')}, ${SAID('gen_ai.tool.name')} != '', ${SAID('gen_ai.tool.name')}, ${SAID('tool.name')} != '', ${SAID('tool.name')}, name)`,
    ],
    [
      'outcome',
      NAME,
      `multiIf(${SAID('tokenledger.outcome.success')} = 'true', 'success', ${SAID('tokenledger.outcome.success')} = 'false', 'failure', '')`,
    ],
  ],
  numbers: [...STEP_NUMBERS, ['outcome_value', 'Decimal(38, 6)', `toDecimal128OrZero(${SAID('tokenledger.outcome.value')}, 6)`]],
  maps: [['latency', 'Map(UInt8, Int64)', `map(${bucketOf('duration_ms')}, toInt64(1))`]],
  condition: `kind != 'other' OR ${IS_OUTCOME}`,
  shardBy: 'sipHash64(tenant, step)',
};

const runSteps: SumTable = {
  table: 'run_step_1h',
  from: 'spans',
  bucket: 'hour',
  keptDays: 400,
  keys: [['run', LONG_TEXT]],
  numbers: [
    ...STEP_NUMBERS,
    ['tool_calls', 'Int64', `toInt64(kind = 'tool')`],
    ['successes', 'Int64', `toInt64(${SAID('tokenledger.outcome.success')} = 'true')`],
    ['failures', 'Int64', `toInt64(${SAID('tokenledger.outcome.success')} = 'false')`],
  ],
  maps: [],
  condition: `run != ''`,
  shardBy: 'sipHash64(tenant, run)',
};

/** What the tables are sums of: what is not yet in a whole bucket is summed alike when it is read. */
export const SUM_TABLES = {
  ...PROMPT_TABLES,
  run_1h: runs,
  step_1h: steps,
  run_step_1h: runSteps,
} as const satisfies Record<string, SumTable>;

const OTHERS = [customers, runs, steps, runSteps].map((facts) => rollup(facts));
const created = (rollups: readonly Rollup[]) => rollups.flatMap(({ create, view }) => [create, view]);

export const dashboardRollups: Migration = {
  version: 2,
  name: 'rollups by customer, prompt, run and step',
  changes: [PROMPT_FEED[0], ...created(PROMPTS), PROMPT_FEED[1], ...created(OTHERS)],
  rollups: [...PROMPTS, ...OTHERS],
};
