import { readdirSync, readlinkSync, rmSync, statSync, truncateSync, writeFileSync, readFileSync } from 'node:fs';
import { platform } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createAccountant } from '../../src/account/accountant.ts';
import { SpanBytes } from '../../src/account/span-bytes.ts';
import { observe } from '../../src/understand/observe.ts';
import { chatSpan, type Json, text, toProtobuf, tracesRequest } from '../otlp/messages.ts';
import { post, start, temporaryDirectory, until } from '../start.ts';
import { createStubLedger } from '../stub-ledger.ts';
import { spanOf } from '../understand/span.ts';
import { asReceived, startFile } from './as-received.ts';
import { flatPrices, MemoryLedger } from './memory-ledger.ts';

const MIB = 2 ** 20;
const chat = (number: number) =>
  asReceived(spanOf({ trace: number, id: number, attributes: { 'gen_ai.operation.name': 'chat', 'gen_ai.usage.input_tokens': number } }));
const openFiles = (folder: string): number =>
  readdirSync('/proc/self/fd').filter((each) => {
    try {
      return readlinkSync(`/proc/self/fd/${each}`).startsWith(folder);
    } catch {
      return false;
    }
  }).length;

describe('a span that lies in a file of the journal', () => {
  test('is understood from there as it was when it came, also when the file was removed', async () => {
    const { file, path, put } = await startFile();
    const bytes = new SpanBytes(MIB);
    const kept = Array.from({ length: 300 }, (_, number) => put(chat(number + 1)));
    const places = kept.map((received) => bytes.keep(received));
    file.release();
    rmSync(path);
    for (const [index, { span }] of [...kept.entries()].toReversed()) {
      const place = places[index];
      const read = place && bytes.read(place);
      expect(read && observe(read.span)).toEqual(observe(span));
    }
  });

  test('is not there when its file was cut or is another', async () => {
    const { path, put } = await startFile();
    const bytes = new SpanBytes(MIB);
    const [first, second] = [chat(1), chat(2)].map((received) => bytes.keep(put(received)));
    const content = readFileSync(path);
    truncateSync(path, content.length - 1);
    expect(first && bytes.read(first)).toBeDefined();
    expect(second && bytes.read(second)).toBe(undefined);
    const other = new SpanBytes(MIB);
    const third = other.keep(put(chat(3)));
    writeFileSync(path, Buffer.alloc(content.length * 2, 0xff));
    expect(third && other.read(third)).toBe(undefined);
  });

  test.skipIf(platform() !== 'linux')(
    'holds the file no longer than somebody asks for it, nor when it is asked for again much later',
    async () => {
      const bytes = new SpanBytes(64 * MIB);
      const files = await Promise.all(Array.from({ length: 4 }, () => startFile()));
      const places = files.map(({ file, put }, index) => {
        const place = bytes.keep(put(chat(index + 1)));
        file.release();
        return place;
      });
      const open = () => files.map(({ path }) => openFiles(path));
      expect(open()).toEqual([1, 1, 1, 1]);
      const [first, second, , last] = places;
      if (second) bytes.release(second);
      const renewed = first && bytes.renew(first);
      expect(last && bytes.renew(last)).toBe(last);
      await until(() => open().join() === '0,0,1,1');
      const read = renewed && bytes.read(renewed);
      expect(read && observe(read.span)).toEqual(observe(chat(1).span));
      if (last) bytes.release(last);
      await until(() => open().join() === '0,0,1,0');
    },
  );
});

describe('a trace that comes back', () => {
  const attributes = (operation: string) => ({
    'gen_ai.operation.name': operation,
    'gen_ai.provider.name': 'openai',
    'gen_ai.usage.input_tokens': 25,
  });
  const agent = () => asReceived(spanOf({ trace: 1, id: 1, scope: 'gen_ai', attributes: attributes('invoke_agent') }));
  const call = () => asReceived(spanOf({ trace: 1, id: 2, parent: 1, scope: 'gen_ai', attributes: attributes('chat') }));
  async function open() {
    const ledger = new MemoryLedger();
    const accountant = createAccountant({
      priceBook: flatPrices,
      recall: ledger.recall,
      awake: 0,
      soleWriterSinceMs: 0,
      isWrittenLater: true,
      now: () => Date.UTC(2026, 10, 23, 13),
    });
    return { ledger, accountant, ...(await startFile()) };
  }

  test('from a segment that is not written yet is read from its file', async () => {
    const { ledger, accountant, put } = await open();
    const first = await accountant.post([put(agent())]);
    const second = await accountant.post([put(call())]);
    for (const posting of [first, second]) ledger.write(posting);
    expect(ledger.recalls).toEqual([]);
    expect(ledger.sums()['']).toMatchObject({ calls: 1, cost: 25n });
  });

  test('is looked up when it is stored, and its file was cut; nothing of that file is held then', async () => {
    const { ledger, accountant, path, file, put } = await open();
    const step = asReceived(spanOf({ trace: 1, id: 3, parent: 1, scope: 'gen_ai' }));
    ledger.write(await accountant.post([put(agent()), put(step)]));
    accountant.written(accountant.posted);
    await accountant.post([]);
    truncateSync(path, readFileSync(path).length - 1);
    ledger.write(await accountant.post([call()]));
    expect(ledger.recalls).toHaveLength(1);
    expect(ledger.sums()['']).toMatchObject({ calls: 1, cost: 25n });
    file.release();
    if (platform() === 'linux') await until(() => openFiles(path) === 0);
  });

  test('and whose file was cut before it was stored is a failure that may be tried again after that', async () => {
    const { ledger, accountant, path, put } = await open();
    const first = await accountant.post([put(agent())]);
    truncateSync(path, 10);
    await expect(accountant.post([call()])).rejects.toMatchObject({ name: 'SpansGone', retryable: true });
    accountant.reset();
    ledger.write(first);
    ledger.write(await accountant.post([call()]));
    expect(ledger.sums()['']).toMatchObject({ calls: 1, cost: 25n });
  });
});

test('what a collector remembers of a stored segment it reads from its file, which is used again when nothing of it is remembered and goes when it stops', async () => {
  const many = 2000;
  const stub = createStubLedger();
  const asked: string[] = [];
  const ledger: typeof stub = {
    ...stub,
    recall(tenant, query) {
      asked.push(...(query.traceIds ?? []));
      return stub.recall(tenant, query);
    },
  };
  const agents: Json[] = Array.from({ length: many }, (_, number) =>
    chatSpan(number + 1, [text('gen_ai.operation.name', 'invoke_agent'), text('http.route', 'x'.repeat(500))]),
  );
  const journalDir = await temporaryDirectory(onTestFinished);
  const { url, books, stop } = await start({ ledger, journalDir, soleWriterSinceMs: 0 });
  const stored = (spans: number) => until(async () => (await books()).stored === spans);
  const send = (spans: readonly Json[]) => post(`${url}/v1/traces`, toProtobuf(tracesRequest(spans)));
  await send(agents);
  await stored(many);
  const segment = join(journalDir, '000000000001.segment');
  const { ino } = statSync(segment);
  const files = () => readdirSync(journalDir).filter((name) => name.endsWith('.segment'));
  const usedAgain = () => files().some((name) => name !== '000000000001.segment' && statSync(join(journalDir, name)).ino === ino);
  const [first] = agents;
  await send([{ ...chatSpan(many + 1), traceId: first?.['traceId'], parentSpanId: first?.['spanId'] }]);
  await stored(many + 1);
  expect(asked).toEqual([]);
  expect(stub.entries.reduce((sum, { delta }) => sum + delta.calls, 0)).toBe(many);
  if (platform() === 'linux') expect(openFiles(segment)).toBe(1);
  for (let number = 0; number < 5; number++) {
    await send([chatSpan(many + 2 + number)]);
    await stored(many + 2 + number);
    expect(usedAgain()).toBe(false);
  }
  // The first, two that wait, one that is made ahead: those of the others were used again.
  await until(async () => files().length <= 4);
  await stop();
  if (platform() === 'linux') await until(() => openFiles(segment) === 0);
  expect(files()).toEqual([]);
});
