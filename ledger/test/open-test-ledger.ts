import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ClickHouseLogLevel, createClient, type ClickHouseClient } from '@clickhouse/client';
import { openLedger, startEngine, type Engine, type Ledger } from '../src/index.ts';

export interface TestLedger {
  readonly engine: Engine;
  readonly ledger: Ledger;
  /** Looks into the tables past the ledger. */
  readonly client: ClickHouseClient;
  /** Rows as JSON; decimals and 64-bit integers as text. */
  readonly query: <Row>(sql: string) => Promise<Row[]>;
  readonly stop: () => Promise<void>;
}

/** A real engine in a directory of its own, migrated unless told otherwise. */
export async function openTestLedger({
  migrated = true,
  memoryLimitBytes,
}: { readonly migrated?: boolean; readonly memoryLimitBytes?: number } = {}): Promise<TestLedger> {
  const dir = await mkdtemp(join(tmpdir(), 'ledger-test-'));
  const engine = await startEngine({ dataDir: join(dir, 'data'), memoryLimitBytes });
  const { url, username, password, inbox } = engine;
  const ledger = openLedger({ url, username, password, inbox });
  if (migrated) await ledger.migrate();
  const client = createClient({
    url,
    username,
    password,
    database: migrated ? 'tokenledger' : 'system',
    log: { level: ClickHouseLogLevel.OFF },
    clickhouse_settings: { output_format_json_quote_decimals: 1, output_format_json_quote_64bit_integers: 1 },
  });
  return {
    engine,
    ledger,
    client,
    query: async <Row>(query: string) => (await client.query({ query, format: 'JSONEachRow' })).json<Row>(),
    stop: async () => {
      await Promise.all([ledger.close(), client.close()]);
      await engine.stop();
      await rm(dir, { recursive: true });
    },
  };
}
