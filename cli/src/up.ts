import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { startCollector } from '@tokenledger/collector';
import { openLedger, startEngine } from '@tokenledger/ledger';
import { createPriceBook } from '@tokenledger/pricing';
import { startQueryApi } from '@tokenledger/query-api';
import type { Logger } from 'pino';
import type { Config } from './config.ts';
import { readKeys } from './keys-file.ts';

export interface Running {
  readonly otlpUrl: string;
  readonly apiUrl: string;
  readonly jaegerUrl: string;
  /** Last started, first stopped: nothing is accepted that could not be kept. */
  stop(): Promise<void>;
}

/**
 * The whole of Tokenledger in this process: engine (unless a ClickHouse URL is given) → ledger → collector → query API.
 * @throws what a part throws when it cannot start; parts already started are stopped first
 */
export async function startUp(config: Config, log: Logger): Promise<Running> {
  mkdirSync(config.data_dir, { recursive: true, mode: 0o700 });
  const stops: (() => Promise<void>)[] = [];
  const stop = async () => {
    for (const stopPart of stops.splice(0).reverse()) await stopPart();
  };
  try {
    const keys = readKeys(config);
    const { url, username, password } = config.clickhouse_url
      ? { url: config.clickhouse_url, username: config.clickhouse_user, password: config.clickhouse_password }
      : await startEmbedded(config, log, stops);
    const ledger = openLedger({ url, username, password, database: config.clickhouse_database, cluster: config.clickhouse_cluster });
    stops.push(() => ledger.close());
    await ledger.migrate();
    const priceBook = createPriceBook();
    const collector = await startCollector({
      ledger,
      priceBook,
      keys,
      log,
      journalDir: join(config.data_dir, 'journal'),
      host: config.host,
      port: config.otlp_http_port,
    });
    stops.push(() => collector.stop());
    const api = await startQueryApi({
      ledger,
      priceBook,
      keys,
      log,
      books: () => collector.books(),
      metrics: () => collector.metrics(),
      host: config.host,
      port: config.api_port,
      jaegerPort: config.jaeger_port,
    });
    stops.push(() => api.stop());
    return { otlpUrl: collector.url, apiUrl: api.url, jaegerUrl: api.jaegerUrl, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startEmbedded(config: Config, log: Logger, stops: (() => Promise<void>)[]) {
  const engine = await startEngine({ dataDir: join(config.data_dir, 'clickhouse'), log });
  stops.push(() => engine.stop());
  return engine;
}
