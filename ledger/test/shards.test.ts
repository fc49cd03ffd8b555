import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import { openLedger } from '../src/index.ts';
import { shardOf } from '../src/write/shard-of.ts';
import { entryOf, stepOf } from './example-entry.ts';

const range = (count: number) => Array.from({ length: count }, (_, index) => index + 1);
const tokens = range(600).map((number) => `collector-${number}`);

test('a batch always goes to the same shard, all shards get their share, and a new shard takes only its own', () => {
  for (const count of [1, 2, 5, 12]) {
    const share = Map.groupBy(tokens, (token) => shardOf(token, range(count)));
    expect([...share.keys()].toSorted((a, b) => Number(a) - Number(b))).toEqual(range(count));
    for (const some of share.values()) expect(some.length).toBeGreaterThan((tokens.length / count) * 0.4);
    const moved = tokens.filter((token) => shardOf(token, range(count)) !== shardOf(token, range(count + 1)));
    expect(moved.every((token) => shardOf(token, range(count + 1)) === count + 1)).toBe(true);
  }
});

test('the order in which shards are named does not matter', () => {
  fc.assert(
    fc.property(fc.string(), fc.shuffledSubarray(range(12), { minLength: 1 }), (token, shards) => {
      expect(shardOf(token, shards)).toBe(
        shardOf(
          token,
          shards.toSorted((a, b) => a - b),
        ),
      );
    }),
  );
});

test('on a cluster both inserts of a batch and their repetition name one shard; on one server none', async () => {
  // No cluster can be had here: what is sent to one is looked at.
  const inserts: URLSearchParams[] = [];
  const server = createServer((request, response) => {
    const { searchParams } = new URL(request.url ?? '/', 'http://cluster');
    let body = '';
    request.setEncoding('latin1').on('data', (chunk: string) => (body += chunk));
    request.once('end', () => {
      if (searchParams.has('insert_deduplication_token')) inserts.push(searchParams);
      response.end(
        body.includes('system.clusters')
          ? range(7)
              .map((shard) => `${JSON.stringify({ shard })}\n`)
              .join('')
          : '',
      );
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const batch = { token: 'collector-7', entries: [entryOf()], steps: [{ tenant: 'acme', step: stepOf() }] };
  const cluster = openLedger({ url, cluster: 'many' });
  for (let attempt = 0; attempt < 2; attempt++) await cluster.write(batch);
  await cluster.close();
  expect(inserts.map((params) => params.get('insert_shard_id'))).toEqual(Array(4).fill(String(shardOf(batch.token, range(7)))));
  const tokensSent = inserts.map((params) => params.get('insert_deduplication_token'));
  expect(tokensSent).toEqual(['collector-7/calls', 'collector-7/spans', 'collector-7/calls', 'collector-7/spans']);
  inserts.length = 0;
  const alone = openLedger({ url });
  await alone.write(batch);
  await alone.close();
  expect(inserts.map((params) => params.get('insert_shard_id'))).toEqual([null, null]);
});
