import { openLedger, startEngine } from '@tokenledger/ledger';
import { expect, onTestFinished, test } from 'vitest';
import { chatSpan, type Json, toProtobuf, tracesRequest } from '../otlp/messages.ts';
import { askEngine } from '../reprice/ask-engine.ts';
import { post, start, temporaryDirectory, until } from '../start.ts';
import { costOf } from './oracle.ts';

async function startWhole() {
  const engine = await startEngine({ dataDir: await temporaryDirectory() });
  onTestFinished(() => engine.stop());
  const ledger = openLedger(engine);
  onTestFinished(() => ledger.close());
  await ledger.migrate();
  const collector = await start({ ledger });
  const send = async (...spans: readonly Json[]) => {
    expect((await post(`${collector.url}/v1/traces`, toProtobuf(tracesRequest(spans)))).status).toBe(200);
  };
  return { engine, ledger, ...collector, send };
}

const nowNano = BigInt(Date.now()) * 1_000_000n;
const YEAR_NANO = 31_557_600_000_000_000n;
/** Begin and end of a span, as clocks say them that are wrong, or as somebody computed them wrongly. */
const CLOCKS: readonly (readonly [string, bigint, bigint])[] = [
  ['1970', 0n, 1_000_000n],
  ['2100', nowNano + 75n * YEAR_NANO, nowNano + 75n * YEAR_NANO + 1n],
  ['an hour ahead', nowNano + 3_600_000_000_000n, nowNano + 3_601_000_000_000n],
  ['an hour behind', nowNano - 3_600_000_000_000n, nowNano - 3_599_000_000_000n],
  ['end before start', nowNano, nowNano - 5_000_000_000n],
  ['no duration', nowNano, nowNano],
  ['the largest number', 2n ** 64n - 1n, 2n ** 64n - 1n],
  ['an age long', 1n, 2n ** 63n],
  ['no end', nowNano, 0n],
];

test('a clock that is wrong in any way costs no span, no partition and no sum', async () => {
  const { engine, ledger, books, send } = await startWhole();
  const spans = CLOCKS.map(([, begin, end], index) => ({
    ...chatSpan(index + 1),
    startTimeUnixNano: String(begin),
    endTimeUnixNano: String(end),
  }));
  const days = Array.from({ length: 300 }, (_, day) => ({
    ...chatSpan(1000 + day),
    startTimeUnixNano: String(BigInt(day) * 86_400_000_000_000n * 100n),
    endTimeUnixNano: '1',
  }));
  await send(...spans, ...days);
  await until(async () => (await books()).waiting === 0, 60_000);
  expect(await books()).toMatchObject({ stored: CLOCKS.length + 300, rejected: {}, dropped: {}, balanced: true });
  const [sum] = await askEngine<Record<string, unknown>>(
    engine,
    `SELECT toInt32(sum(delta_calls)) AS calls, toInt32(countIf(duration_ms < 0)) AS negative,
       toInt32(countIf(time > now() + INTERVAL 2 DAY OR time < now() - INTERVAL 400 DAY)) AS unbelievable FROM calls`,
  );
  expect(sum).toEqual({ calls: CLOCKS.length + 300, negative: 0, unbelievable: 0 });
  const [parts] = await askEngine<{ n: number }>(
    engine,
    `SELECT toInt32(uniqExact(partition_id)) AS n FROM system.parts WHERE database = 'tokenledger' AND table = 'calls'`,
  );
  expect(parts?.n).toBeLessThan(16);
  expect((await ledger.reconcile({ quietMs: -1000, fromMs: 0 })).drift).toEqual([]);
}, 120_000);

test('one span a thousand times in a request, again in others, under a root that never comes: one call, billed at once', async () => {
  const { engine, books, send } = await startWhole();
  const span = { ...chatSpan(7), startTimeUnixNano: String(nowNano), endTimeUnixNano: String(nowNano + 1n), parentSpanId: 'ab'.repeat(8) };
  await send(...Array.from({ length: 1000 }, () => span));
  for (let times = 0; times < 10; times++) await send(span);
  await until(async () => (await books()).waiting === 0, 60_000);
  expect(await books()).toMatchObject({ received: 1010, stored: 1, duplicate: 1009, balanced: true });
  expect(
    await askEngine(engine, 'SELECT toInt32(sum(calls)) AS calls, toString(toInt128(sum(cost) * 1000000000000)) AS cost FROM usage_1m'),
  ).toEqual([{ calls: 1, cost: String(costOf(7)) }]);
}, 60_000);
