/**
 * Where the engine's CPU of an inserted call goes: `calls` alone, each rollup beside it, how many rows an insert has, and merging.
 *
 *     node bench/ledger-write-costs.ts [rows a case]
 *
 * Each case has a database of its own and merges stopped, so that only inserts are counted; at the end the rows of one are merged once.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ClickHouseLogLevel, createClient } from '@clickhouse/client';
import { openLedger, startEngine } from '@tokenledger/ledger';
import { ROLLUPS } from '../ledger/src/migrations/all.ts';
import { cpuOf } from './ledger-write/cpu-of.ts';
import { entriesOf } from './ledger-write/entries.ts';

const ROWS = Number(process.argv[2] ?? 100_000);
const SIZES = [1000, 5000, 20_000, 50_000] as const;
const USUAL_SIZE = 20_000;
const FED = ROLLUPS.flatMap(({ view, sumOf }) => (sumOf.from === 'calls' ? [view] : []));
/** What a view reads that does not read calls is fed by a view of its own. */
const feedsOf = ({ from }: { readonly from: string }) => (from === 'calls' ? [] : [`${from}_mv`]);
const VIEWS = [...new Set(FED.flatMap(feedsOf)), ...FED.map(({ view }) => view)];

interface Case {
  readonly name: string;
  readonly rowsAnInsert: number;
  readonly views: readonly string[];
}

const CASES: readonly Case[] = [
  { name: 'calls alone', rowsAnInsert: USUAL_SIZE, views: [] },
  ...FED.map((view) => ({
    name: `with ${view.view}`,
    rowsAnInsert: USUAL_SIZE,
    views: [...feedsOf(view), view.view],
  })),
  ...SIZES.map((rowsAnInsert) => ({ name: 'calls alone', rowsAnInsert, views: [] })),
  ...SIZES.map((rowsAnInsert) => ({ name: 'with all rollups', rowsAnInsert, views: VIEWS })),
];

const dir = mkdtempSync(join(tmpdir(), 'ledger-write-costs-'));
const engine = await startEngine({ dataDir: join(dir, 'data') });
try {
  const measured: (Case & { readonly cpuUsPerRow: number })[] = [];
  for (const [index, one] of CASES.entries()) measured.push({ ...one, cpuUsPerRow: await insertUs(`costs_${String(index)}`, one) });
  console.table(measured.map(({ name, rowsAnInsert, cpuUsPerRow }) => ({ name, rowsAnInsert, cpuUsPerRow })));
  console.log(`merged once: ${(await mergeUs('costs_0')).toFixed(1)} µs a row`);
} finally {
  await engine.stop();
  rmSync(dir, { recursive: true });
}

function connection(database: string) {
  return { url: engine.url, username: engine.username, password: engine.password, database };
}

function connect(database: string) {
  return createClient({ ...connection(database), request_timeout: 300_000, log: { level: ClickHouseLogLevel.OFF } });
}

async function insertUs(database: string, { rowsAnInsert, views }: Case): Promise<number> {
  const ledger = openLedger(connection(database));
  const client = connect(database);
  await ledger.migrate();
  for (const view of VIEWS) if (!views.includes(view)) await client.command({ query: `DROP VIEW ${view}` });
  await client.command({ query: 'SYSTEM STOP MERGES' });
  let cpuUs = 0;
  const inserts = Math.max(4, Math.ceil(ROWS / rowsAnInsert));
  // The first one finds everything cold.
  for (let insert = 0; insert <= inserts; insert++) {
    const batch = ledger.openBatch(`insert-${String(insert)}`);
    batch.append({ entries: entriesOf(insert, rowsAnInsert), steps: [] });
    const before = cpuOf(engine);
    await batch.write();
    if (insert > 0) cpuUs += cpuOf(engine) - before;
  }
  await Promise.all([ledger.close(), client.close()]);
  return Math.round((cpuUs / inserts / rowsAnInsert) * 10) / 10;
}

async function mergeUs(database: string): Promise<number> {
  const client = connect(database);
  const merged = async () => {
    const answer = await client.query({ query: `SELECT value FROM system.events WHERE event = 'MergedRows'`, format: 'JSONEachRow' });
    return Number((await answer.json<{ value: string }>())[0]?.value ?? 0);
  };
  const [rows, cpuUs] = [await merged(), cpuOf(engine)];
  await client.command({ query: 'SYSTEM START MERGES calls' });
  await client.command({ query: 'OPTIMIZE TABLE calls FINAL' });
  const spentUs = cpuOf(engine) - cpuUs;
  const mergedRows = (await merged()) - rows;
  await client.close();
  return spentUs / mergedRows;
}
