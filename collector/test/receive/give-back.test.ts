import { Agent, request } from 'node:http';
import { gzipSync } from 'node:zlib';
import { createPriceBook } from '@tokenledger/pricing';
import { expect, onTestFinished, test } from 'vitest';
import { createAccountant } from '../../src/account/accountant.ts';
import { collectorLimitsSchema } from '../../src/config.ts';
import { openFront } from '../../src/front/open-front.ts';
import { Journal } from '../../src/journal/journal.ts';
import { JOURNAL_LIMITS } from '../../src/journal/limits.ts';
import { createSegmentReader } from '../../src/journal/segment.ts';
import { giveBack } from '../../src/receive/give-back.ts';
import { account } from '../../src/store/account.ts';
import { createPatience } from '../../src/store/patience.ts';
import { readDeliveries } from '../../src/store/read-deliveries.ts';
import { chatSpan, text, toProtobuf, tracesRequest } from '../otlp/messages.ts';
import { silent, temporaryDirectory } from '../start.ts';
import { createStubLedger } from '../stub-ledger.ts';

const [SHORT, LONG] = [100_000, 500_000];
const RECORD = { timeMs: Date.now(), tenant: 'acme', signal: 'traces', encoding: 'protobuf', compression: 'gzip', spans: 1 } as const;
const GZIP = { 'content-encoding': 'gzip' };
let sent = 0;

const bodyOf = (bytes: number) => toProtobuf(tracesRequest([chatSpan(++sent, [text('a.key', 'x'.repeat(bytes))])]));

function sender(url: string) {
  const agent = new Agent({ keepAlive: true });
  onTestFinished(() => agent.destroy());
  return (body: Buffer, headers: Record<string, string> = {}) =>
    new Promise<number | undefined>((resolve, reject) => {
      const asked = request(
        `${url}/v1/traces`,
        { agent, method: 'POST', headers: { 'content-type': 'application/x-protobuf', ...headers } },
        (response) => response.resume().on('end', () => resolve(response.statusCode)),
      );
      asked.on('error', reject).end(body);
    });
}

test('what a request brought is free when it is answered, not when garbage is collected', async () => {
  // In this thread, so that its memory can be looked at.
  const front = await openFront(
    {
      host: '127.0.0.1',
      port: 0,
      grpcPort: undefined,
      journalDir: await temporaryDirectory(),
      keys: [],
      limits: collectorLimitsSchema.parse({}),
      logLevel: 'silent',
    },
    silent,
  );
  onTestFinished(async () => {
    await front.seal();
    await front.end();
  });
  const send = sender((await front.listen()).url);
  const grownBy = async (...one: Parameters<typeof send>) => {
    await send(...one);
    const before = process.memoryUsage().arrayBuffers;
    for (let count = 0; count < 10; count++) expect(await send(...one)).toBe(200);
    return process.memoryUsage().arrayBuffers - before;
  };
  expect(await grownBy(bodyOf(SHORT))).toBeLessThan(SHORT);
  expect(await grownBy(bodyOf(LONG))).toBeLessThan(LONG);
  expect(await grownBy(gzipSync(bodyOf(SHORT)), GZIP)).toBeLessThan(SHORT);
});

test('what was decompressed to be stored is free when it is understood', async () => {
  const journal = await Journal.open({ directory: await temporaryDirectory(), limits: JOURNAL_LIMITS, durability: 'write', log: silent });
  onTestFinished(() => journal.close());
  for (let count = 0; count < 20; count++) {
    const plain = bodyOf(SHORT);
    await journal.append({ record: { ...RECORD, body: gzipSync(plain) }, plainBytes: plain.length });
  }
  await journal.seal();
  const segment = (await journal.next())!;
  const read = createSegmentReader();
  const ledger = createStubLedger();
  const accounting = {
    accountant: createAccountant({ priceBook: createPriceBook(), recall: (tenant, query) => ledger.recall(tenant, query) }),
    patience: createPatience({ stop: new AbortController().signal, log: silent, onRetry: () => undefined }),
    ledger,
    token: segment.token,
  };
  const understand = async () => (await account(() => readDeliveries(segment, read), accounting)).posted.discard();
  await understand();
  const before = process.memoryUsage().arrayBuffers;
  await understand();
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(10 * SHORT);
});

test('short buffers share memory, which stays', () => {
  const [one, other] = [Buffer.from('one'), Buffer.from('other')];
  giveBack(one);
  expect([one, other].map(String)).toEqual(['one', 'other']);
});
