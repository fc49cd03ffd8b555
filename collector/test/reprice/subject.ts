import { createKeyRing } from '@tokenledger/model';
import { openLedger, startEngine } from '@tokenledger/ledger';
import { pino } from 'pino';
import { startCollector } from '../../src/index.ts';
import { bookWith, HALF_PRICE } from './book.ts';

/**
 * What is killed while it re-prices: engine, ledger and collector in one process. Arguments: data directory, from, to (epoch milliseconds).
 * Prints `started`, goes on with what a former life left, asks for the whole period, and prints its status as JSON at the end.
 */
const [dataDir = '', from, to] = process.argv.slice(2);
const log = pino({ level: 'silent' });
const engine = await startEngine({ dataDir: `${dataDir}/clickhouse`, log });
const ledger = openLedger(engine);
const collector = await startCollector({
  ledger,
  priceBook: bookWith(HALF_PRICE),
  journalDir: `${dataDir}/journal`,
  host: '127.0.0.1',
  port: 0,
  keys: createKeyRing([]),
  log,
});
console.log('started');
const { differences, ...status } = await collector.repricer.start({ fromMs: Number(from), toMs: Number(to), dryRun: false }).finished;
console.log(JSON.stringify({ ...status, changed: differences.reduce((sum, { calls }) => sum + calls, 0) }));
await collector.stop();
await ledger.close();
await engine.stop();
