import { createHash } from 'node:crypto';
import type { ClickHouseClient } from '@clickhouse/client';

/**
 * The shard a batch goes to, whole: a retry must meet its own token, and a batch cut into as many pieces as there are shards would make
 * as many small parts of it. Rendezvous hashing: with one shard more, one batch in n goes elsewhere and no other.
 */
export function shardOf(token: string, shards: readonly number[]): number | undefined {
  const weighed = shards.map((shard) => ({ shard, weight: createHash('sha256').update(`${shard}/${token}`).digest('hex') }));
  return weighed.toSorted((a, b) => (a.weight < b.weight ? 1 : -1))[0]?.shard;
}

/** Numbers of a cluster's shards, from 1. */
export async function readShards(client: ClickHouseClient, cluster: string): Promise<readonly number[]> {
  const result = await client.query({
    query: 'SELECT DISTINCT toUInt32(shard_num) AS shard FROM system.clusters WHERE cluster = {cluster:String} ORDER BY shard',
    query_params: { cluster },
    format: 'JSONEachRow',
  });
  const rows = await result.json<{ shard: number }>();
  return rows.map(({ shard }) => shard);
}
