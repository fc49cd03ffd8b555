/** Most rows one read may return, zero-filled buckets included. Of a bucket that two tables know ClickHouse gives two. */
export const MAX_ROWS = 100_000;
/** Most buckets one series may have; Prometheus allows as many points. */
export const MAX_BUCKETS = 11_000;

/** Every read of a tenant's rows carries this condition; the value comes from the API key alone. */
export const OF_TENANT = 'tenant = {tenant:String}';

/**
 * Every read ends with such a clause: what it may cost, that money and 64-bit numbers arrive as text, and that subqueries see all
 * shards of a cluster. There are no projections, and looking for them takes a tenth of a short question; every
 * question has bounds of its own, so that compiling its expressions takes longer than working them out; answers are short, so that several threads
 * take longer to write them than one. `readonly` is not in it: the embedded engine sets it for every read, a server's account should, and where it is
 * set already ClickHouse refuses to set it again. This one is for what looks through days of single calls.
 */
export const SCAN_SETTINGS = `SETTINGS
  max_execution_time = 15,
  max_memory_usage = 1500000000,
  max_rows_to_read = 2000000000,
  max_result_rows = ${2 * MAX_ROWS},
  result_overflow_mode = 'throw',
  output_format_json_quote_64bit_integers = 1,
  output_format_json_quote_decimals = 1,
  output_format_json_quote_denormals = 1,
  output_format_parallel_formatting = 0,
  distributed_product_mode = 'global',
  compile_expressions = 0,
  compile_aggregate_expressions = 0,
  compile_sort_description = 0,
  optimize_use_projections = 0,
  optimize_use_implicit_projections = 0`;

/** Rollups are small: two cores share what one would read alone by default. A scan of calls would take 0.44 instead of 0.26 s that way. */
export const READ_SETTINGS = `${SCAN_SETTINGS},
  merge_tree_min_rows_for_concurrent_read = 16384,
  merge_tree_min_bytes_for_concurrent_read = 1048576`;

/** Where a question has no condition but tenant and time, nothing is gained by reading them before the rest. */
export const UNFILTERED_SETTINGS = `${READ_SETTINGS},
  optimize_move_to_prewhere = 0`;

/**
 * Where there may be millions of groups: adding up is compiled, which depends on what is summed, not on bounds, and so is done once. Hash tables begin small: made
 * as large as the last question's were, they are filled more slowly. Of two settings of a name the last one holds.
 */
export const GROUP_SETTINGS = `${READ_SETTINGS},
  compile_aggregate_expressions = 1,
  collect_hash_table_stats_during_aggregation = 0`;

/**
 * Where millions of groups are of two tables: each is read by half of the threads. A thread of a table fills a hash table of its own, and the fewer there are, the less is
 * added up in the end.
 */
export const HALVED_SETTINGS = `${GROUP_SETTINGS},
  max_streams_to_max_threads_ratio = 0.5`;
