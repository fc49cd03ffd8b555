import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { alertRoutes, type Alerts, readRulesFile, startAlerts } from '@tokenledger/alerts';
import { type Collector, type CollectorOptions, explain, startCollector } from '@tokenledger/collector';
import { viewerRoutes } from '@tokenledger/grafana';
import { type Ledger, openLedger, startEngine } from '@tokenledger/ledger';
import { DEFAULT_TENANT } from '@tokenledger/model';
import type { LivePriceBook } from '@tokenledger/pricing';
import { type QueryApiDeps, startQueryApi } from '@tokenledger/query-api';
import type { Logger } from 'pino';
import { buildViewerOnce, type ViewerBuild } from './build-viewer.ts';
import { type Config, ConfigError, npmPath } from './config.ts';
import { reconcileRollups } from './reconcile-rollups.ts';
import { startHealth } from './health.ts';
import { keysPath, readKeys, readStoredKeys } from './keys-file.ts';
import { migrateWhenReachable } from './migrate-when-reachable.ts';
import { openPrices } from './prices.ts';
import { askCollector } from './ask-collector.ts';

export const PARTS = ['collector', 'query-api', 'alerts'] as const;
export type Part = (typeof PARTS)[number];

export interface Running {
  readonly viewer: ViewerBuild;
  readonly ledger: Ledger;
  readonly priceBook: LivePriceBook;
  /** Where to reach each started part. */
  readonly urls: { readonly otlp?: string; readonly grpc?: string; readonly api?: string; readonly jaeger?: string };
  /** Rejects when the ledger turns out to be unusable, such as made by a newer version. */
  readonly failed: Promise<never>;
  /** Last started, first stopped: nothing is accepted that could not be kept. */
  readonly stop: () => Promise<void>;
}

/**
 * Puts Tokenledger together in this process: engine (unless a ClickHouse URL is given) → ledger → the parts asked for.
 * @throws ConfigError, and what a part throws when it cannot start; parts already started are stopped first
 */
export async function startParts(config: Config, log: Logger, parts: readonly Part[] = PARTS): Promise<Running> {
  if (!config.clickhouse_url && parts.length < PARTS.length) {
    throw new ConfigError([`clickhouse_url: ${parts.join(' and ')} apart from the rest needs a ClickHouse server; \`up\` embeds one`]);
  }
  mkdirSync(config.data_dir, { recursive: true, mode: 0o700 });
  const stops: (() => Promise<void>)[] = [];
  const stop = async () => {
    for (const stopPart of stops.splice(0).reverse()) await stopPart();
  };
  try {
    return { ...(await startInOrder({ config, log, parts, stops })), stop };
  } catch (error) {
    await stop();
    throw ofAPortInUse(error, config);
  }
}

interface Start {
  readonly config: Config;
  readonly log: Logger;
  readonly parts: readonly Part[];
  /** What is started adds how it is stopped. */
  readonly stops: (() => Promise<void>)[];
}

async function startInOrder(start: Start): Promise<Omit<Running, 'stop'>> {
  const { config, log, parts, stops } = start;
  const keys = readKeys(config);
  const prices = openPrices(config);
  const ledger = await open(start);
  const migrated = await migrateWhenReachable(ledger, log, { wait: config.clickhouse_url === undefined });
  stops.push(migrated.stop);
  const shared = { keys, log, priceBook: prices.book, host: config.host };
  const collector = parts.includes('collector')
    ? await startCollectorPart(start, { ...shared, ledger, writing: migrated.ledger })
    : undefined;
  let apiUrl: string | undefined;
  const alerts = parts.includes('alerts') ? startAlertsPart(start, ledger, () => apiUrl) : undefined;
  const viewer = buildViewerOnce(parts.includes('query-api') ? npmPath() : undefined, log);
  stops.push(viewer.stop);
  const api = parts.includes('query-api')
    ? await startQueryApi({
        ...shared,
        ledger,
        explain,
        // Where the collector is another process, it would not learn of new prices.
        ...(collector && { overrides: prices.overrides, repricer: collector.repricer }),
        site: viewerRoutes({ progress: viewer.progress }),
        ...routesOf(alerts),
        ...(collector ?? askCollector(config.collector_url)),
        port: config.api_port,
        jaegerPort: config.jaeger_port,
      })
    : undefined;
  if (api) stops.push(() => api.stop());
  apiUrl = api?.url;
  if (parts.length === 1 && alerts) stops.push((await startHealth(config.host, config.alerts_port, () => answers(ledger))).stop);
  return {
    viewer,
    ledger,
    priceBook: prices.book,
    urls: { otlp: collector?.url, grpc: collector?.grpcUrl, api: api?.url, jaeger: api?.jaegerUrl },
    failed: migrated.failed,
  };
}

const PORTS = ['otlp_http_port', 'otlp_grpc_port', 'api_port', 'jaeger_port', 'alerts_port'] as const;

/** EADDRINUSE becomes an error that names the setting of that port; other errors stay as they are. */
function ofAPortInUse(error: unknown, config: Config): unknown {
  const port = Number(/EADDRINUSE.*:(\d+)$/.exec(error instanceof Error ? error.message : '')?.[1]);
  const setting = PORTS.find((name) => config[name] === port);
  return setting === undefined ? error : new ConfigError([`${setting}: another program listens on ${config.host}:${String(port)} already`]);
}

async function open({ config, log, stops }: Start): Promise<Ledger> {
  const { url, username, password, inbox } = config.clickhouse_url
    ? { url: config.clickhouse_url, username: config.clickhouse_user, password: config.clickhouse_password, inbox: undefined }
    : await startEmbedded({ config, log, stops });
  const ledger = openLedger({ url, username, password, inbox, database: config.clickhouse_database, cluster: config.clickhouse_cluster });
  stops.push(() => ledger.close());
  return ledger;
}

async function startEmbedded({ config, log, stops }: Omit<Start, 'parts'>) {
  const engine = await startEngine({ dataDir: join(config.data_dir, 'clickhouse'), log });
  stops.push(() => engine.stop());
  return engine;
}

interface CollectorDeps extends Pick<CollectorOptions, 'keys' | 'log' | 'priceBook' | 'host'> {
  readonly ledger: Ledger;
  /** The same ledger, whose writes wait until it is migrated. */
  readonly writing: CollectorOptions['ledger'];
}

async function startCollectorPart({ config, log, stops }: Start, { ledger, writing, ...shared }: CollectorDeps): Promise<Collector> {
  const limits = {
    durability: config.durability,
    journalBytes: config.journal_bytes,
    keyRequestsPerSecond: config.key_requests_per_second,
    keyBytesPerSecond: config.key_bytes_per_second,
    corsOrigins: config.cors_origins?.split(',').map((origin) => origin.trim()),
  };
  // An embedded engine has this one writer, a server may have others.
  const writers = config.clickhouse_url === undefined ? { soleWriterSinceMs: await ledger.newestMs() } : { shared: ledger };
  const collector = await startCollector({
    ...shared,
    ...writers,
    limits,
    ledger: writing,
    journalDir: join(config.data_dir, 'journal'),
    port: config.otlp_http_port,
    grpcPort: config.otlp_grpc_port,
  });
  stops.push(() => collector.stop(), reconcileRollups(ledger, log));
  return collector;
}

function startAlertsPart({ config, log, stops }: Start, ledger: Ledger, apiUrl: () => string | undefined): Alerts {
  const publicUrl = () => config.public_url ?? apiUrl() ?? `http://localhost:${String(config.api_port)}`;
  const tenants = [...new Set([DEFAULT_TENANT, ...readStoredKeys(keysPath(config)).map(({ tenant }) => tenant)])];
  const alerts = startAlerts({ ...rulesOf(config), ledger, tenants, stateDir: join(config.data_dir, 'alerts'), publicUrl, log });
  stops.push(alerts.stop);
  return alerts;
}

/** What the query API shows of alerts that run beside it. */
function routesOf(alerts: Alerts | undefined): Pick<QueryApiDeps, 'plugins' | 'annotations' | 'alerts'> {
  if (!alerts) return {};
  return {
    plugins: [async (app) => app.register(alertRoutes, { alerts })],
    alerts,
    annotations: async (tenant, range) => alerts.forTenant(tenant).annotations(range),
  };
}

function rulesOf(config: Config) {
  try {
    return readRulesFile(config.alerts_file);
  } catch (error) {
    throw new ConfigError([`alerts_file: ${error instanceof Error ? error.message : String(error)}`]);
  }
}

async function answers(ledger: Ledger): Promise<boolean> {
  return ledger.ping().then(
    () => true,
    () => false,
  );
}
