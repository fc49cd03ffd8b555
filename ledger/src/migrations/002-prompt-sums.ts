import { LONG_TEXT } from './group-hash.ts';
import { feedOf, named, rollup, type SumTable } from './sum-table.ts';

/**
 * A call's cost after an entry and before it: an entry tells the whole and the difference that it made. What is worked out several times has a name, because
 * ClickHouse analyses each occurrence, at every insert and in every question.
 */
const AFTER = 'ifNull(cost, toDecimal128(0, 12))';
const BEFORE = `(${AFTER} - delta_cost)`;
/** 1: a priced call is added, -1: taken back, 0: its cost changed or it has none. */
const PRICED = '(delta_calls - delta_unpriced_calls)';
/** Nano-USD, whose squares of a billion calls of a thousand dollars fit into 128 bits. */
const nanoUsd = (cost: string) => `toInt128(${cost} * 1000000000)`;
/** Bucket b counts the calls of at most 2^(b/8) nano-USD. */
const costBucket = (cost: string) => `toUInt16(ceil(8 * log2(greatest(1, toFloat64(${cost}) * 1000000000))))`;
const HISTOGRAM = 'Map(UInt16, Int64)';

/** One meter of what an entry adds, without the map of all. */
const added = (meter: string) =>
  `delta_usage_times * usage_quantities[indexOf(splitByChar(',', usage_meters), '${meter}')] + changed_usage['${meter}']`;

/** What is asked of calls that name a prompt. */
const PROMPT_KEYS = named(
  'environment',
  'team',
  'feature',
  'provider',
  'model',
  'prompt_name',
  'prompt_version',
  'prompt_template_fingerprint',
);
const promptFacts = {
  from: 'calls',
  numbers: [
    ['priced_calls', 'Int64', PRICED],
    // All that is asked of what prompts used: a map would cost as much as all the rest to sum.
    ...(['output_text', 'reasoning'] as const).map((meter) => [meter, 'Decimal(38, 6)', added(meter)] as const),
    // Not named cost: within the view that is the whole cost of the call.
    ['priced_cost', 'Decimal(38, 12)', 'delta_cost'],
    [
      'cost_squares',
      'Int128',
      `if(${PRICED} != 0, ${PRICED} * (${nanoUsd(AFTER)} AS nano) * nano, nano * nano - (${nanoUsd(BEFORE)} AS nano_before) * nano_before)`,
    ],
  ],
  maps: [
    [
      'cost_histogram',
      HISTOGRAM,
      // Of a call whose cost changed but not its bucket that is one bucket twice, which the sum has none of.
      `multiIf(${PRICED} != 0, map(${costBucket(AFTER)}, toInt64(${PRICED})), delta_cost != 0, map(${costBucket(AFTER)}, toInt64(1), ${costBucket(BEFORE)}, toInt64(-1)), CAST(map(), '${HISTOGRAM}'))`,
    ],
  ],
  condition: `(prompt_fingerprint != '' OR prompt_template_fingerprint != '' OR prompt_name != '')`,
} as const satisfies Partial<SumTable>;

const promptTable = (facts: Pick<SumTable, 'table' | 'bucket' | 'keptDays' | 'usual' | 'sliceDays'>): SumTable => ({
  ...promptFacts,
  ...facts,
  keys: [...PROMPT_KEYS, ['prompt_fingerprint', LONG_TEXT]],
  shardBy: 'sipHash64(tenant, prompt_fingerprint)',
});
const promptsByDay = promptTable({
  table: 'prompt_1d',
  bucket: 'day',
  keptDays: 400,
  usual: ['prompt_fingerprint', 'prompt_name', 'feature', 'model'],
  // Fifty prompts lie in a fifth of the rows of a week; what is read and out of a range is two days at each end at most.
  sliceDays: 3,
});
/**
 * For what is left of a day at the ends of a range, to the millisecond, so that `calls`, which takes longest to ask, is not asked. Few requests are sent twice in an hour:
 * sums of one would be nearly as many rows. A week of them would take longer to read than days.
 */
const promptsByMoment = promptTable({ table: 'prompt_1ms', bucket: 'millisecond', keptDays: 62 });

/** What is asked of prompts as templates, or of all of them together: a few rows for each hour. */
const templates: SumTable = {
  ...promptFacts,
  table: 'template_1h',
  bucket: 'hour',
  keptDays: 400,
  keys: PROMPT_KEYS,
  shardBy: 'sipHash64(tenant, prompt_template_fingerprint)',
};

export const PROMPT_TABLES = { prompt_1d: promptsByDay, prompt_1ms: promptsByMoment, template_1h: templates } as const;

/**
 * What is worked out of calls that name a prompt, on its way to three tables. Row by row: most are a group of their own, and a group's histogram costs three times
 * all the rest.
 */
export const PROMPT_FEED = feedOf('prompt_feed', promptsByMoment);
const FED = { from: 'prompt_feed', grouped: false };
export const PROMPT_ROLLUPS = [rollup(promptsByDay, FED), rollup(promptsByMoment, FED), rollup(templates, { ...FED, grouped: true })];
