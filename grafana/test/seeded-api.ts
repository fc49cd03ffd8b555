import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ruleSchema, startAlerts } from '@tokenledger/alerts';
import { explain } from '@tokenledger/collector';
import { historyPriceLists, loadHistory } from '@tokenledger/history';
import { openLedger, startEngine } from '@tokenledger/ledger';
import { createKeyRing, DEFAULT_TENANT } from '@tokenledger/model';
import { createPriceBook } from '@tokenledger/pricing';
import { startQueryApi } from '@tokenledger/query-api';
import { pino } from 'pino';
import { viewerRoutes } from '../src/index.ts';

/** Some 5,000 calls: of everything that happens often there is some in any few days. */
const SCALE = 0.03;
const BOOKS = { received: 9, recovered: 0, stored: 7, duplicate: 1, rejected: { bad_id: 1 }, dropped: {}, waiting: 0, balanced: true };
/** What must be told at once: a budget that is used up, and spend where there is some. */
const RULES = [
  ruleSchema.parse({
    name: 'team-budget',
    measure: 'cost',
    group_by: ['team'],
    condition: { kind: 'budget', amount_usd: '1', period: 'month' },
  }),
  ruleSchema.parse({ name: 'any-spend', measure: 'cost', window: '30d', condition: { kind: 'threshold', above: '0' } }),
];
const PATIENCE_MS = 60_000;

export interface SeededApi {
  readonly url: string;
  readonly nowMs: number;
  stop(): Promise<void>;
}

/** A query API over an engine of its own, with the thirty days of history that the demo shows, thinned out, and with alerts. */
export async function startSeededApi({ scale = SCALE } = {}): Promise<SeededApi> {
  const dir = await mkdtemp(join(tmpdir(), 'grafana-contract-'));
  const engine = await startEngine({ dataDir: join(dir, 'clickhouse') });
  const ledger = openLedger(engine);
  await ledger.migrate();
  const nowMs = Date.now();
  const priceBook = createPriceBook({ lists: historyPriceLists(nowMs) });
  await loadHistory({ ledger, priceBook, endMs: nowMs, scale, token: 'seed' });
  const alerts = startAlerts({
    ledger,
    stateDir: join(dir, 'alerts'),
    rules: RULES,
    receivers: [],
    publicUrl: 'http://localhost',
    log: pino({ level: 'silent' }),
  });
  const api = await startQueryApi({
    ledger,
    priceBook,
    keys: createKeyRing([]),
    books: () => BOOKS,
    metrics: () => '',
    alerts,
    explain,
    annotations: async (tenant, range) => alerts.forTenant(tenant).annotations(range),
    site: viewerRoutes(),
    host: '127.0.0.1',
    port: 0,
    // Tests ask faster than people do.
    rateLimitPerSecond: 10_000,
  });
  const stop = async () => {
    await api.stop();
    await alerts.stop();
    await ledger.close();
    await engine.stop();
    await rm(dir, { recursive: true });
  };
  for (const end = Date.now() + PATIENCE_MS; alerts.list(DEFAULT_TENANT).length === 0 && Date.now() < end;) await sleep(50);
  return { url: api.url, nowMs: Date.now(), stop };
}
