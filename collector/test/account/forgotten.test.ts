import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { createAccountant } from '../../src/account/accountant.ts';
import { Forgotten } from '../../src/account/forgotten.ts';
import { markOf } from '../../src/account/mark.ts';
import { spanOf } from '../understand/span.ts';
import { flatPrices, MemoryLedger } from './memory-ledger.ts';

const keys = (count: number) => Array.from({ length: count }, () => randomBytes(16).toString('hex'));

test('what was forgotten is known to be, through all generations; what never was seen is not', () => {
  const forgotten = new Forgotten(0);
  const seen = keys(60_000);
  for (const key of seen) forgotten.add(markOf('acme', key), 1000);
  expect(seen.filter((key) => !forgotten.has(markOf('acme', key)))).toEqual([]);
  expect(keys(60_000).filter((key) => forgotten.has(markOf('acme', key)))).toEqual([]);
  expect(seen.slice(0, 1000).filter((key) => forgotten.has(markOf('globex', key)))).toEqual([]);
  expect(forgotten.horizonMs).toBe(0);
});

test('ids that somebody chose are told apart as well', () => {
  const forgotten = new Forgotten(0);
  const numbered = Array.from({ length: 100_000 }, (_, number) => number.toString(16).padStart(32, '0'));
  for (const key of numbered.slice(0, 50_000)) forgotten.add(markOf('acme', key), 1000);
  expect(numbered.filter((key) => forgotten.has(markOf('acme', key)))).toHaveLength(50_000);
});

const NOON = Date.UTC(2026, 10, 23, 12);
const chat = (trace: number, facts = {}) =>
  spanOf({
    trace,
    id: trace,
    scope: 'gen_ai',
    attributes: { 'gen_ai.operation.name': 'chat', 'gen_ai.request.model': 'gpt-6', 'gen_ai.usage.input_tokens': 25 },
    ...facts,
  });

test('the only writer looks up traces it has forgotten, and never one that is new', async () => {
  const ledger = new MemoryLedger();
  const options = { priceBook: flatPrices, recall: ledger.recall, capacity: 10, soleWriterSinceMs: 0, now: () => NOON + 3_600_000 };
  const accountant = createAccountant(options);
  const post = async (...traces: readonly number[]) => {
    const posting = await accountant.post(traces.map((trace) => ({ tenant: 'default', span: chat(trace) })));
    ledger.write(posting);
    return posting;
  };
  for (let trace = 1; trace <= 100; trace += 5) await post(trace, trace + 1, trace + 2, trace + 3, trace + 4);
  expect(ledger.recalls).toEqual([]);
  const again = await post(1, 2, 101);
  expect(ledger.recalls).toMatchObject([{ traceIds: [chat(1).traceId, chat(2).traceId], twins: { calls: [] } }]);
  expect(again).toMatchObject({ duplicates: 2, entries: [{ version: 0 }] });
  accountant.reset();
  expect(await post(100)).toMatchObject({ duplicates: 1, entries: [] });
});

test('a second instrumentation finds what the first told and was forgotten since', async () => {
  const ledger = new MemoryLedger();
  const options = { priceBook: flatPrices, recall: ledger.recall, capacity: 3, soleWriterSinceMs: 0, now: () => NOON + 3_600_000 };
  const accountant = createAccountant(options);
  const post = async (span: ReturnType<typeof chat>) => ledger.write(await accountant.post([{ tenant: 'default', span }]));
  const id = { 'gen_ai.response.id': 'resp_1', 'gen_ai.operation.name': 'chat', 'gen_ai.usage.input_tokens': 25 };
  await post(chat(1, { attributes: id }));
  for (let trace = 10; trace < 20; trace++) await post(chat(trace));
  await post(chat(2, { attributes: id, scope: 'com.anthropic.sdk.typescript', resource: { 'service.name': 'gateway' } }));
  expect(ledger.sums()['']).toMatchObject({ calls: 11 });
});
