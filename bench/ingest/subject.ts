import { createClient } from '@clickhouse/client';
import { startCollector } from '@tokenledger/collector';
import { openLedger, startEngine } from '@tokenledger/ledger';
import { createKeyRing } from '@tokenledger/model';
import { createPriceBook } from '@tokenledger/pricing';
import { pino } from 'pino';
import { startNaiveServer } from './naive-server.ts';

/**
 * What `bench/ingest.ts` measures, in a process of its own: `node subject.ts tokenledger|naive <directory>`. Prints what it is; `GET /v1/books`
 * tells how much is stored.
 */
export interface Subject {
  readonly url: string;
  readonly enginePid: number | undefined;
  readonly engine: { readonly url: string; readonly username: string; readonly password: string; readonly database: string };
  /** A query such as a dashboard asks. */
  readonly dashboard: string;
}

const [kind = 'tokenledger', directory = ''] = process.argv.slice(2);
const log = pino({ level: 'warn' }, pino.destination(2));
const engine = await startEngine({ dataDir: `${directory}/clickhouse`, log });

if (kind === 'naive') {
  const client = createClient({ url: engine.url, username: engine.username, password: engine.password });
  const server = await startNaiveServer(client);
  announce(server.url, 'naive', 'SELECT time, team, model, sum(cost), sum(calls) FROM usage_1h GROUP BY ALL ORDER BY time');
} else {
  const ledger = openLedger(engine);
  await ledger.migrate();
  const { url } = await startCollector({
    ledger,
    priceBook: createPriceBook(),
    journalDir: `${directory}/journal`,
    host: '127.0.0.1',
    port: 0,
    keys: createKeyRing([]),
    log,
    soleWriterSinceMs: await ledger.newestMs(),
  });
  announce(
    url,
    'tokenledger',
    'SELECT time, team, model, sum(cost), sum(calls), sum(usage_input_uncached), sum(usage_output_text) FROM usage_1m WHERE time > now() - 3600 GROUP BY ALL ORDER BY time',
  );
}

function announce(url: string, database: string, dashboard: string): void {
  const { username, password, pid: enginePid } = engine;
  const subject: Subject = { url, enginePid, engine: { url: engine.url, username, password, database }, dashboard };
  process.stdout.write(`${JSON.stringify(subject)}\n`);
}

process.once('SIGTERM', async () => {
  await engine.stop();
  process.exit(0);
});
