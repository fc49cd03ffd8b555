import { openLedger, startEngine } from '@tokenledger/ledger';
import { expect, onTestFinished, test } from 'vitest';
import { judge } from '../fault/judge.ts';
import { costOf } from '../fault/oracle.ts';
import { chatSpan, type Json, text, toProtobuf, tracesRequest } from '../otlp/messages.ts';
import { askEngine } from '../reprice/ask-engine.ts';
import { post, start, temporaryDirectory, until } from '../start.ts';

const began = BigInt(Date.now() - 60_000) * 1_000_000n;
const times = { startTimeUnixNano: String(began), endTimeUnixNano: String(began + 1_500_000_000n) };
const TRACES = 24;

const callOf = (number: number): Json => ({ ...chatSpan(number), ...times });
/** A wrapper that repeats the usage of the call below it: billed until the call is seen. */
const wrapperOf = (number: number): Json => ({
  ...callOf(number),
  spanId: chatSpan(number + 1e9)['spanId'],
  attributes: [...(chatSpan(number)['attributes'] as Json[]).filter(({ key }) => key !== 'gen_ai.response.id'), text('wrapper', 'yes')],
});
const childOf = (number: number): Json => ({ ...callOf(number), parentSpanId: chatSpan(number + 1e9)['spanId'] });

test('two collectors that bill the same call, or a wrapper and the call in it, at the same instant end with each billed once', async () => {
  const engine = await startEngine({ dataDir: await temporaryDirectory() });
  onTestFinished(() => engine.stop());
  const ledger = openLedger(engine);
  onTestFinished(() => ledger.close());
  await ledger.migrate();
  const limits = { segmentMs: 300, settleMs: 500 };
  const [left, right] = [await start({ ledger, limits }), await start({ ledger, limits })];
  const sent: Promise<unknown>[] = [];
  const send = (url: string, span: Json) => sent.push(post(`${url}/v1/traces`, toProtobuf(tracesRequest([span]))));
  for (let number = 1; number <= TRACES; number++) {
    if (number % 2 === 0) {
      send(left.url, wrapperOf(number));
      send(right.url, childOf(number));
    } else {
      send(left.url, callOf(number));
      send(right.url, callOf(number));
    }
  }
  await Promise.all(sent);
  await until(async () => (await left.books()).waiting + (await right.books()).waiting === 0, 60_000);
  const billed = async () => {
    const [sum] = await askEngine<{ calls: number; cost: string }>(
      engine,
      'SELECT toInt32(sum(delta_calls)) AS calls, toString(sum(delta_cost)) AS cost FROM calls',
    );
    return sum;
  };
  // Otherwise nothing here is put to the test.
  expect((await billed())?.calls).toBeGreaterThan(TRACES);

  const shared = [await start({ ledger, shared: ledger, limits }), await start({ ledger, shared: ledger, limits })];
  await until(async () => (await billed())?.calls === TRACES, 60_000);
  const settled = async () => (await Promise.all(shared.map(({ metrics }) => metrics()))).join('\n');
  await until(async () => /^tokenledger_settled_entries_total [1-9]/m.test(await settled()), 20_000);
  const { lost, doubled, wrong, drift } = await judge(engine, new Set(Array.from({ length: TRACES }, (_, index) => index + 1)));
  expect({ lost, doubled, wrong, drift }).toEqual({ lost: [], doubled: [], wrong: [], drift: [] });
  const cost = Array.from({ length: TRACES }, (_, index) => costOf(index + 1)).reduce((sum, one) => sum + one, 0n);
  expect(Number((await billed())?.cost)).toBeCloseTo(Number(cost) / 1e12, 9);

  // What is right stays as it is.
  const before = await settled();
  const [rows] = await askEngine(engine, 'SELECT count() AS n FROM calls');
  await new Promise((resolve) => setTimeout(resolve, 2500));
  expect(await askEngine(engine, 'SELECT count() AS n FROM calls')).toEqual([rows]);
  expect((await settled()).match(/^tokenledger_settled_entries_total.*/gm)).toEqual(before.match(/^tokenledger_settled_entries_total.*/gm));
}, 180_000);
