import type { Worker } from 'node:worker_threads';
import { createKeyRing } from '@tokenledger/model';
import { openLedger, startEngine } from '@tokenledger/ledger';
import { createPriceBook } from '@tokenledger/pricing';
import { pino } from 'pino';
import { type CollectorLimits, startCollector } from '../../src/index.ts';

/**
 * What the fault trials kill: engine, ledger and collector in one process, as `tokenledger up` starts them.
 * Arguments: data directory, port, limits as JSON, port for gRPC. Prints one line of JSON when it is ready.
 */
const [dataDir = '', port = '0', limits = '{}', grpcPort = '0'] = process.argv.slice(2);
const log = pino({ level: 'warn' }, pino.destination({ dest: 2, sync: true }));
let receivingThread: Worker | undefined;
process.on('worker', (worker) => {
  receivingThread = worker;
});
const engine = await startEngine({ dataDir: `${dataDir}/clickhouse`, log });
const ledger = openLedger(engine);
await ledger.migrate();
const collector = await startCollector({
  ledger,
  priceBook: createPriceBook(),
  journalDir: `${dataDir}/journal`,
  host: '127.0.0.1',
  port: Number(port),
  grpcPort: Number(grpcPort),
  keys: createKeyRing([]),
  log,
  limits: { segmentMs: 400, ...(JSON.parse(limits) as Partial<CollectorLimits>) },
});
// The engine has another pid after each restart, so whoever wants to kill it asks us.
for (const [asked, signal] of [
  ['SIGUSR2', 'SIGKILL'],
  ['SIGHUP', 'SIGSEGV'],
] as const)
  process.on(asked, () => {
    if (engine.pid !== undefined) process.kill(engine.pid, signal);
  });
process.on('SIGWINCH', () => void receivingThread?.terminate());
process.stdout.write(`${JSON.stringify({ url: collector.url, grpcUrl: collector.grpcUrl })}\n`);

process.once('SIGTERM', async () => {
  await collector.stop();
  await ledger.close();
  await engine.stop();
  process.exit(0);
});
