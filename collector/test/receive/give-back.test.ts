import { Agent, request } from 'node:http';
import { gzipSync } from 'node:zlib';
import { expect, onTestFinished, test } from 'vitest';
import { collectorLimitsSchema } from '../../src/config.ts';
import { openFront } from '../../src/front/open-front.ts';
import { giveBack } from '../../src/receive/give-back.ts';
import { chatSpan, text, toProtobuf, tracesRequest } from '../otlp/messages.ts';
import { silent, temporaryDirectory } from '../start.ts';

const [SHORT, LONG] = [100_000, 500_000];

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
  const agent = new Agent({ keepAlive: true });
  onTestFinished(async () => {
    agent.destroy();
    await front.seal();
    await front.end();
  });
  const { url } = await front.listen();
  const bodyOf = (bytes: number) => toProtobuf(tracesRequest([chatSpan(1, [text('a.key', 'x'.repeat(bytes))])]));
  const send = (sent: Buffer, headers: Record<string, string> = {}) =>
    new Promise<number | undefined>((resolve, reject) => {
      const asked = request(
        `${url}/v1/traces`,
        { agent, method: 'POST', headers: { 'content-type': 'application/x-protobuf', ...headers } },
        (response) => response.resume().on('end', () => resolve(response.statusCode)),
      );
      asked.on('error', reject).end(sent);
    });
  const grownBy = async (...sent: Parameters<typeof send>) => {
    await send(...sent);
    const before = process.memoryUsage().arrayBuffers;
    for (let count = 0; count < 10; count++) expect(await send(...sent)).toBe(200);
    return process.memoryUsage().arrayBuffers - before;
  };
  expect(await grownBy(bodyOf(SHORT))).toBeLessThan(SHORT);
  expect(await grownBy(bodyOf(LONG))).toBeLessThan(LONG);
  expect(await grownBy(gzipSync(bodyOf(SHORT)), { 'content-encoding': 'gzip' })).toBeLessThan(SHORT);
});

test('short buffers share memory, which stays', () => {
  const [one, other] = [Buffer.from('one'), Buffer.from('other')];
  giveBack(one);
  expect([one, other].map(String)).toEqual(['one', 'other']);
});
