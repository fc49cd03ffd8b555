/**
 * What an insert or a merge has told is on the disk, and parts are not removed before those they became are; the same insert counts once for a week. No
 * statistics of columns: by themselves, merges would count the different values of each, which was a fifth of merging, and no question is planned by them.
 */
const durable = (layout: string) => `SETTINGS
${layout},
  auto_statistics_types = '',
  ttl_only_drop_parts = 1,
  non_replicated_deduplication_window = 10000,
  replicated_deduplication_window = 10000,
  replicated_deduplication_window_seconds = 604800,
  fsync_after_insert = 1,
  fsync_part_directory = 1,
  min_rows_to_fsync_after_merge = 1,
  old_parts_lifetime = 480`;

/** Of tables whose rows are wide; why, is told where they are (`001-ledger.ts`). */
export const DURABLE = durable(`  index_granularity_bytes = 2097152,
  string_serialization_version = 'single_stream',
  min_compress_block_size = 16384,
  vertical_merge_algorithm_min_rows_to_activate = 4000000,
  min_bytes_for_wide_part = 134217728,
  merge_selector_base = 12`);

/**
 * Sums are read many at a time: with granules counted in rows that takes half as long. Of a part of two files a column is read granule by granule, which
 * takes twice as long as in a file of its own: parts that merges make get those, and merges of so few bytes may come more often, for each part costs each question a millisecond.
 */
const sums = (granules: string) =>
  durable(`  ${granules},
  min_bytes_for_wide_part = 2097152,
  merge_selector_base = 8`);
export const DURABLE_SUMS = sums('index_granularity = 2048');
/** Of tables whose groups are also sought one by one: little is read around them, for some more bytes. */
export const DURABLE_SOUGHT = sums(`index_granularity = 512,
  min_compress_block_size = 16384`);

/**
 * Of sums that every dashboard reads and that are small: a partition into which nothing has come for an hour, mostly one that is over, becomes one
 * part. Questions of 30 days take 0.88 to 0.93 of the CPU that nine parts take; where something comes all the time nothing is merged for it. Sooner, a call every
 * ten minutes of a night would have a week's sums written anew as often: a million rows are three seconds of a processor.
 */
export const DURABLE_USAGE = `${DURABLE_SUMS},
  min_age_to_force_merge_seconds = 3600,
  min_age_to_force_merge_on_partition_only = 1`;
