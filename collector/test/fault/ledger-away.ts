import { setTimeout as sleep } from 'node:timers/promises';
import { openLedger, startEngine } from '@tokenledger/ledger';
import { createKeyRing } from '@tokenledger/model';
import { createPriceBook } from '@tokenledger/pricing';
import { pino } from 'pino';
import { startCollector } from '../../src/index.ts';
import { until } from '../start.ts';
import { type Fault, FAULTS, startFaultyProxy } from './faulty-proxy.ts';
import { judge, type Verdict } from './judge.ts';
import { createOracle } from './oracle.ts';

export interface AwayOptions {
  readonly dataDir: string;
  readonly faults?: readonly Fault[];
  /** How long ClickHouse is away each time. */
  readonly awayMs: number;
  readonly clients: number;
  readonly report?: (line: string) => void;
}

export interface AwayResult extends Verdict {
  readonly obligations: number;
  /** Calls that were answered 200 while ClickHouse was away, for each fault. */
  readonly acceptedMeanwhile: readonly number[];
  readonly unbalanced: number;
  /** Of this process, in MiB. */
  readonly grownMib: number;
}

/** Makes ClickHouse be away in one way after another while clients send, lets everything drain, and judges. */
export async function runLedgerAway({ dataDir, faults = FAULTS, awayMs, clients, report }: AwayOptions): Promise<AwayResult> {
  const engine = await startEngine({ dataDir: `${dataDir}/clickhouse` });
  const proxy = await startFaultyProxy(engine.url);
  const ledger = openLedger({ url: proxy.url, username: engine.username, password: engine.password });
  await ledger.migrate();
  const collector = await startCollector({
    ledger,
    priceBook: createPriceBook(),
    journalDir: `${dataDir}/journal`,
    host: '127.0.0.1',
    port: 0,
    keys: createKeyRing([]),
    log: pino({ level: 'silent' }),
    limits: { segmentMs: 100 },
  });
  const { url, books } = collector;
  const oracle = createOracle(() => url);
  const sending = oracle.run(clients);
  const acceptedMeanwhile: number[] = [];
  let unbalanced = 0;
  try {
    await until(() => oracle.obligations.size > 0);
    const rssBefore = process.memoryUsage().rss;
    for (const fault of faults) {
      const before = proxy.met();
      proxy.fault = fault;
      proxy.cut();
      await until(() => proxy.met() > before, 30_000);
      const promised = oracle.obligations.size;
      await sleep(awayMs);
      unbalanced += Number(!(await books()).balanced);
      acceptedMeanwhile.push(oracle.obligations.size - promised);
      proxy.fault = undefined;
      proxy.cut();
      report?.(`${fault}: ${acceptedMeanwhile.at(-1)} calls accepted meanwhile, ${(await books()).waiting} spans wait`);
      await sleep(awayMs / 2);
    }
    oracle.stop();
    await sending;
    await until(async () => (await books()).waiting === 0, 300_000);
    unbalanced += Number(!(await books()).balanced);
    const grownMib = Math.round((process.memoryUsage().rss - rssBefore) / 2 ** 20);
    const verdict = await judge(engine, oracle.obligations);
    return { ...verdict, obligations: oracle.obligations.size, acceptedMeanwhile, unbalanced, grownMib };
  } finally {
    oracle.stop();
    await collector.stop();
    await ledger.close();
    await proxy.close();
    await engine.stop();
  }
}
