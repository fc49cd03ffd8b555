import { closeSync, existsSync, fsyncSync, openSync, readdirSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Connection } from './chdb.ts';
import { quoteName } from './quote.ts';

/**
 * ClickHouse notes an insert's token in the table's deduplication log and then gives the part its name. An engine that is killed in
 * between remembers the token of a part it does not have: a retry would be taken for a resend, and its rows be lost for good.
 *
 * Makes a just opened engine forget such tokens. To be called before the first insert, which may be given the lost part's number.
 * https://github.com/ClickHouse/ClickHouse: src/Storages/MergeTree/MergeTreeSink.cpp, MergeTreeDeduplicationLog.cpp
 *
 * @returns how many parts were remembered and lost
 */
export async function forgetLostParts(root: Connection): Promise<number> {
  let forgotten = 0;
  for (const { database, table, directory, parts } of await tablesThatRemember(root)) {
    const logs = deduplicationLogs(directory);
    const last = logs.at(-1);
    if (last === undefined) continue;
    const lost = lostParts(
      logs.map((path) => readFileSync(path, 'utf8')),
      parts,
    );
    if (lost.length === 0) continue;
    const name = `${quoteName(database)}.${quoteName(table)}`;
    await root.query(`DETACH TABLE ${name} SYNC`);
    append(last, lost.map(({ part, blockId }) => `${DROPPED}\t${part}\t${blockId}\n`).join(''));
    await root.query(`ATTACH TABLE ${name}`);
    forgotten += lost.length;
  }
  return forgotten;
}

/** The rows `[partition, first block, last block]` of a part. */
export type Blocks = readonly [partition: string, first: number, last: number];

interface Remembered {
  readonly part: string;
  readonly blockId: string;
}

/** Lines are `operation \t part \t block id`. */
const ADDED = '1';
const DROPPED = '2';

/** What the logs, oldest first, remember of parts that are neither there nor merged into one that is. */
export function lostParts(logs: readonly string[], parts: readonly Blocks[]): readonly Remembered[] {
  const remembered = new Map<string, string>();
  for (const line of logs.flatMap((log) => log.split('\n'))) {
    const [operation, part, blockId] = line.split('\t');
    if (part === undefined || blockId === undefined) continue;
    if (operation === ADDED) remembered.set(blockId, part);
    if (operation === DROPPED) remembered.delete(blockId);
  }
  const present = Map.groupBy(parts, ([partition]) => partition);
  return [...remembered]
    .map(([blockId, part]) => ({ blockId, part }))
    .filter(({ part }) => {
      const blocks = /^(.+)_(\d+)_(\d+)_\d+$/.exec(part);
      if (!blocks) return false;
      const [, partition = '', first, last] = blocks;
      return !present.get(partition)?.some((there) => there[1] <= Number(first) && Number(last) <= there[2]);
    });
}

interface Table {
  readonly database: string;
  readonly table: string;
  readonly directory: string;
  readonly parts: readonly Blocks[];
}

async function tablesThatRemember(root: Connection): Promise<readonly Table[]> {
  const { bytes } = await root.query(
    `SELECT t.database AS database, t.name AS table, t.data_paths[1] AS directory, p.parts AS parts
FROM system.tables AS t LEFT JOIN (
  SELECT database, table, groupArray((partition_id, min_block_number, max_block_number)) AS parts FROM system.parts GROUP BY database, table
) AS p ON p.database = t.database AND p.table = t.name
WHERE t.engine LIKE '%MergeTree'
SETTINGS output_format_json_quote_64bit_integers = 0`,
    'JSONEachRow',
  );
  const lines = Buffer.from(bytes).toString().split('\n');
  return lines.flatMap((line) => (line === '' ? [] : [JSON.parse(line) as Table]));
}

function deduplicationLogs(directory: string): readonly string[] {
  const folder = join(directory, 'deduplication_logs');
  if (!existsSync(folder)) return [];
  const numberOf = (name: string) => Number(/^deduplication_log_(\d+)\.txt$/.exec(name)?.[1] ?? Number.NaN);
  return readdirSync(folder)
    .filter((name) => !Number.isNaN(numberOf(name)))
    .toSorted((a, b) => numberOf(a) - numberOf(b))
    .map((name) => join(folder, name));
}

function append(path: string, lines: string): void {
  const file = openSync(path, 'a');
  try {
    writeSync(file, lines);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
