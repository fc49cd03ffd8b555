import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { historyPriceLists, loadHistory } from '@tokenledger/history';
import { openLedger, startEngine } from '@tokenledger/ledger';
import { createKeyRing } from '@tokenledger/model';
import { createPriceBook } from '@tokenledger/pricing';
import { startQueryApi } from '@tokenledger/query-api';
import { viewerRoutes } from '../src/index.ts';

/** Some 5,000 calls: of everything that happens often there is some in any few days. */
const SCALE = 0.03;

/** A query API over an engine of its own, with the thirty days of history that the demo shows, thinned out. */
export async function startSeededApi({ scale = SCALE } = {}): Promise<{
  readonly url: string;
  readonly nowMs: number;
  stop(): Promise<void>;
}> {
  const dir = await mkdtemp(join(tmpdir(), 'grafana-contract-'));
  const engine = await startEngine({ dataDir: join(dir, 'clickhouse') });
  const ledger = openLedger(engine);
  await ledger.migrate();
  const nowMs = Date.now();
  const priceBook = createPriceBook({ lists: historyPriceLists(nowMs) });
  await loadHistory({ ledger, priceBook, endMs: nowMs, scale, token: 'seed' });
  const api = await startQueryApi({
    ledger,
    priceBook,
    keys: createKeyRing([]),
    books: () => ({}),
    metrics: () => '',
    site: viewerRoutes(),
    host: '127.0.0.1',
    port: 0,
  });
  const stop = async () => {
    await api.stop();
    await ledger.close();
    await engine.stop();
    await rm(dir, { recursive: true });
  };
  return { url: api.url, nowMs, stop };
}
