import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Engine, type Ledger, openLedger, startEngine } from '@tokenledger/ledger';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createAccountant } from '../../src/account/accountant.ts';
import { decodeTraces } from '../../src/decode/decode.ts';
import { readFixtures } from '../golden/fixtures.ts';
import { flatPrices } from './memory-ledger.ts';

let dataDir: string;
let engine: Engine;
let ledger: Ledger;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'tokenledger-account-'));
  engine = await startEngine({ dataDir });
  ledger = openLedger(engine);
  await ledger.migrate();
});
afterAll(async () => {
  await ledger.close();
  await engine.stop();
  await rm(dataDir, { recursive: true, force: true });
});

const received = readFixtures()
  .flatMap(({ json }) => json.flatMap((body) => decodeTraces(body, 'json').spans))
  .map((span) => ({ tenant: 'acme', span, receivedMs: 1_795_440_300_000 }));

test('what the ledger gives back is what was posted: all captures, sent again after a restart, change nothing', async () => {
  const first = await createAccountant({ priceBook: flatPrices, recall: ledger.recall }).post(received);
  await ledger.write({ token: 'first', ...first });
  const again = await createAccountant({ priceBook: flatPrices, recall: ledger.recall }).post(received);
  expect(again.duplicates).toBe(received.length);
  expect(again.entries.map(({ call, delta, version }) => [call.name, version, delta])).toEqual([]);
  expect(again.steps).toEqual([]);
});

test('a parent stored by one collector is corrected by another that sees its child', async () => {
  const traceId = 'abababababababababababababababab';
  const span = (spanId: string, parentSpanId: string | undefined, operation: string) =>
    decodeTraces(
      Buffer.from(
        JSON.stringify({
          resourceSpans: [
            {
              scopeSpans: [
                {
                  scope: { name: 'gen_ai' },
                  spans: [
                    {
                      traceId,
                      spanId,
                      parentSpanId,
                      name: operation,
                      startTimeUnixNano: '1795440300000000000',
                      endTimeUnixNano: '1795440301000000000',
                      attributes: [
                        { key: 'gen_ai.operation.name', value: { stringValue: operation } },
                        { key: 'gen_ai.request.model', value: { stringValue: 'gpt-6' } },
                        { key: 'gen_ai.usage.input_tokens', value: { intValue: 25 } },
                      ],
                    },
                  ],
                },
              ],
            },
          ],
        }),
      ),
      'json',
    ).spans.map((decoded) => ({ tenant: 'pair', span: decoded }));
  const collectors = [1, 2].map(() => createAccountant({ priceBook: flatPrices, recall: ledger.recall }));
  for (const [index, batch] of [
    span('aaaaaaaaaaaaaaa1', undefined, 'invoke_agent'),
    span('aaaaaaaaaaaaaaa2', 'aaaaaaaaaaaaaaa1', 'chat'),
  ].entries()) {
    await ledger.write({ token: `pair ${index}`, ...(await collectors[index]!.post(batch)) });
  }
  const stored = await ledger.recall('pair', { traceIds: [traceId] });
  expect(Object.fromEntries(stored.map(({ call, version }) => [call?.operation, { billable: call?.billable, version }]))).toEqual({
    chat: { billable: true, version: 0 },
    invoke_agent: { billable: false, version: 2 },
  });
});
