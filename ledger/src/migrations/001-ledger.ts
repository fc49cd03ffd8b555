import { USAGE_FEED, USAGE_ROLLUPS } from './001-usage-sums.ts';
import type { CreateTable } from './change.ts';
import { DURABLE } from './durable.ts';
import type { Migration } from './migration.ts';

/**
 * Why it looks so:
 * - `calls` only grows. Sums of its `delta_*` columns are right whatever was corrected, so the rollups can be materialized views.
 * - Sort keys hold only what never changes. Rows lie by five minutes, then as they came: an insert is already in order, and the parts of one merge
 *   follow each other. By trace they would interleave row by row, and merging them costs three times as much and a tenth more bytes.
 * - What the calls of a model have in common is one text of a small dictionary (which meters, at which prices), and only numbers are each call's own:
 *   maps and lists of texts are what merges are slowest at. What they stand for is worked out by `worked-out.ts`.
 * - `face` tells the views which rows of an insert are alike: to compare a number takes a third of comparing their texts. Who leaves it out says that none are.
 * - `adds` is worked out once an insert, for all views: entries that add nothing (wrappers, twins, answers from a cache) leave no row in a rollup.
 * - `time` is the event time made believable (see clamp-event-time.ts), because it picks a partition; `original_time_ms` keeps what was said.
 * - Deduplication windows on base and rollups make a resent insert token count once everywhere; a window counts inserted parts.
 * - Look-ups ask for hundreds of ids at once, most of them unknown. A filter is asked for each of them, so it must be wrong rarely.
 * - Corrections are few, and every list of calls asks for them; an index tells which granules have none.
 * - What was recorded lately is asked for every half minute where several collectors write; an index tells which granules that is not.
 * - Rows are wide, so granules are counted in bytes: a look-up of one trace should not decompress thousands of others.
 * - Merges are much of what storing costs, and the more often a row is merged the more: parts wait until twenty go together. Up to some million
 *   rows all columns are merged at once, which takes half as long as one after the other.
 * - A part of less than 128 MiB (before compression) is two files instead of hundreds, each of which would be synced; merges make columns of their own
 *   of what stays. A granule of each stream of a column is a compressed block by itself there: texts in one stream with their lengths are fewer blocks to write,
 *   to merge and to read.
 * - A list of calls reads rows that lie far apart, and of each a compressed block a column: small blocks take a fifth less time, and 1.4 % more bytes.
 * - What questions read of every row (time, duration, what an entry adds) and all sums are LZ4: ZSTD takes four times as long to read, which was half of a
 *   ranking of calls and 40 % of a histogram. What is read of few rows is ZSTD.
 * - Ids are numbers (see `stored-ids.ts`): merging rows with their texts costs a quarter more. Those of traces and parents repeat from row to row, which LZ4
 *   finds at less cost than ZSTD; those of spans never do.
 * - Rollups outlive the rows they were summed from.
 */

/** What calls and steps share. Of ids see `stored-ids.ts`. An empty text means that nobody said. */
const SPAN_COLUMNS = `
  tenant LowCardinality(String),
  time DateTime64(3, 'UTC') CODEC(T64, LZ4),
  original_time_ms Nullable(Int64) COMMENT 'the event time as sent, where it could not be true' CODEC(ZSTD(1)),
  received_time DateTime64(3, 'UTC') COMMENT 'when the collector received the span' CODEC(T64, ZSTD(1)),
  recorded_at DateTime64(3, 'UTC') COMMENT 'when the ledger learned this row' CODEC(T64, ZSTD(1)),
  insert_token LowCardinality(String) COMMENT 'of the batch that wrote this row',
  trace_id UUID CODEC(LZ4),
  span_id UInt64 CODEC(NONE),
  parent_span_id UInt64 COMMENT '0: nobody named one' CODEC(LZ4),
  name LowCardinality(String),
  duration_ms Decimal(18, 3) CODEC(T64, LZ4),
  status LowCardinality(String),
  error_type LowCardinality(String),
  scope_name LowCardinality(String),
  scope_version LowCardinality(String),
  service LowCardinality(String),
  environment LowCardinality(String),
  team LowCardinality(String),
  feature LowCardinality(String),
  customer LowCardinality(String),
  user String CODEC(ZSTD(1)),
  session String CODEC(ZSTD(1)),
  run String CODEC(ZSTD(1)),
  agent LowCardinality(String),
  tags Map(LowCardinality(String), String) CODEC(ZSTD(1))`.slice(1);

const calls: CreateTable = {
  table: 'calls',
  columns: `${SPAN_COLUMNS},
  version UInt32 CODEC(T64, ZSTD(1)),
  reason LowCardinality(String),
  ttft_ms Nullable(Decimal(18, 3)) CODEC(ZSTD(1)),
  provider LowCardinality(String),
  gateway LowCardinality(String),
  operation LowCardinality(String),
  request_model LowCardinality(String),
  model LowCardinality(String),
  service_tier LowCardinality(String),
  region LowCardinality(String),
  response_id String CODEC(ZSTD(1)),
  prompt_name LowCardinality(String),
  prompt_version LowCardinality(String),
  prompt_fingerprint String CODEC(ZSTD(1)),
  prompt_template_fingerprint LowCardinality(String),
  finish_reasons LowCardinality(String) COMMENT 'JSON list',
  usage_meters LowCardinality(String) COMMENT 'joined by commas; an absent meter is unknown, not 0',
  usage_quantities Array(Decimal(38, 6)) COMMENT 'of each of usage_meters' CODEC(ZSTD(1)),
  charge_meters LowCardinality(String) COMMENT 'joined by commas',
  charge_prices LowCardinality(String) COMMENT 'JSON list of unit price (USD, exact decimal text; null: the amount), price id and source of each of charge_meters',
  charge_quantities String COMMENT 'joined by commas, where they are not those of usage' CODEC(ZSTD(1)),
  charge_amounts Array(Decimal(38, 12)) COMMENT 'USD, of each of charge_meters' CODEC(ZSTD(1)),
  cost Nullable(Decimal(38, 12)) COMMENT 'USD; null when unpriced' CODEC(ZSTD(1)),
  price_status LowCardinality(String),
  unpriced_reason LowCardinality(String),
  reported_cost Nullable(Decimal(38, 12)) CODEC(ZSTD(1)),
  billable Bool,
  not_billable_reason LowCardinality(String),
  estimated Bool,
  semantics_profile LowCardinality(String),
  semantics_confidence LowCardinality(String),
  semantics_flags LowCardinality(String) COMMENT 'JSON list',
  raw_usage_names LowCardinality(String) COMMENT 'JSON list of attribute names',
  raw_usage_values String COMMENT 'JSON scalars of each of raw_usage_names, joined by commas' CODEC(ZSTD(1)),
  evidence LowCardinality(String) COMMENT 'what the row was judged from and does not say itself',
  face UInt32 DEFAULT rowNumberInBlock() COMMENT 'rows of one insert that have the same number differ in nothing but ids, times, persons and amounts' CODEC(T64, ZSTD(1)),
  delta_calls Int8,
  delta_unpriced_calls Int8,
  delta_requests Int8,
  delta_errors Int8,
  delta_cost Decimal(38, 12),
  delta_usage_times Int8 COMMENT '1: the entry adds the whole usage, -1: it takes it back, 0: see changed_usage',
  delta_cost_times Int8 COMMENT '1: the entry adds all charges, -1: it takes them back, 0: see changed_cost_by_meter',
  changed_usage Map(LowCardinality(String), Decimal(38, 6)) CODEC(ZSTD(1)),
  changed_cost_by_meter Map(LowCardinality(String), Decimal(38, 12)) CODEC(ZSTD(1)),
  adds Bool DEFAULT delta_calls != 0 OR delta_unpriced_calls != 0 OR delta_requests != 0 OR delta_errors != 0 OR delta_cost != 0
    OR if(delta_usage_times = 0, notEmpty(changed_usage), usage_meters != '') OR if(delta_cost_times = 0, notEmpty(changed_cost_by_meter), charge_meters != '')
    COMMENT 'whether the entry adds anything to a sum',
  INDEX calls_trace_id trace_id TYPE bloom_filter(0.001) GRANULARITY 4,
  INDEX calls_response_id response_id TYPE bloom_filter(0.001) GRANULARITY 4,
  INDEX calls_recorded_at recorded_at TYPE minmax GRANULARITY 4,
  INDEX calls_version version TYPE minmax GRANULARITY 4`,
  engine: 'MergeTree',
  clauses: `PARTITION BY toYYYYMM(time)
ORDER BY (tenant, toStartOfFiveMinutes(time), received_time)
TTL toDateTime(time) + INTERVAL 400 DAY
${DURABLE}`,
  shardBy: 'sipHash64(trace_id)',
};

/** A step has no version and nothing to sum. One that is sent again is another row, and the newest counts: rows that replace others are merged one by one. */
const spans: CreateTable = {
  table: 'spans',
  columns: `${SPAN_COLUMNS},
  kind LowCardinality(String),
  attributes Map(LowCardinality(String), String) CODEC(ZSTD(1)),
  evidence LowCardinality(String) COMMENT 'what the row was judged from and does not say itself',
  INDEX spans_trace_id trace_id TYPE bloom_filter(0.001) GRANULARITY 4,
  INDEX spans_recorded_at recorded_at TYPE minmax GRANULARITY 4`,
  engine: 'MergeTree',
  clauses: `PARTITION BY toMonday(time)
ORDER BY (tenant, toStartOfFiveMinutes(time), received_time)
TTL toDateTime(time) + INTERVAL 30 DAY
${DURABLE}`,
  shardBy: 'sipHash64(trace_id)',
};

export const ledgerTables: Migration = {
  version: 1,
  name: 'calls, spans and their rollups',
  changes: [calls, spans, USAGE_FEED[0], ...USAGE_ROLLUPS.flatMap(({ create, view }) => [create, view]), USAGE_FEED[1]],
  rollups: USAGE_ROLLUPS,
};
