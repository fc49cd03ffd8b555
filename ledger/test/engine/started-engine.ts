import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ClickHouseLogLevel, createClient, type ClickHouseClient } from '@clickhouse/client';
import { startEngine, type Engine, type EngineOptions } from '../../src/engine/supervise.ts';

/** An engine in a directory of its own, with clients; `stop` leaves nothing behind. */
export interface StartedEngine {
  readonly engine: Engine;
  readonly dataDir: string;
  /** Full rights; database `tl`, which exists. */
  readonly client: ClickHouseClient;
  /** Can only read. */
  readonly reader: ClickHouseClient;
  stop(): Promise<void>;
}

export async function startTestEngine(options: Partial<EngineOptions> = {}): Promise<StartedEngine> {
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'tokenledger-engine-')));
  const engine = await startEngine({ memoryLimitBytes: 2 ** 30, ...options, dataDir });
  const common = { url: engine.url, request_timeout: 20_000, max_open_connections: 20, log: { level: ClickHouseLogLevel.OFF } };
  const root = createClient({ ...common, username: engine.username, password: engine.password });
  await root.command({ query: 'CREATE DATABASE IF NOT EXISTS tl ENGINE = Atomic' });
  await root.close();
  const client = createClient({ ...common, username: engine.username, password: engine.password, database: 'tl' });
  const reader = createClient({ ...common, ...engine.reader, database: 'tl' });
  return {
    engine,
    dataDir,
    client,
    reader,
    async stop() {
      await client.close();
      await reader.close();
      await engine.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** One value of a one-row result. */
export async function value(client: ClickHouseClient, query: string, params: Record<string, unknown> = {}): Promise<unknown> {
  const result = await client.query({ query, format: 'JSONCompactEachRow', query_params: params });
  return (await result.json<readonly unknown[]>())[0]?.[0];
}

/** What a rejected promise rejected with. */
export async function failure(
  promise: Promise<unknown>,
): Promise<{ readonly code?: string; readonly type?: string; readonly message: string }> {
  return promise.then(
    () => {
      throw new Error('expected a failure');
    },
    (error: unknown) => error as Error,
  );
}

/** A raw request as curl would send it. */
export async function post(
  engine: Engine,
  params: Record<string, string>,
  body: RequestInit['body'],
  headers: Record<string, string> = {},
): Promise<Response> {
  const authorization = `Basic ${Buffer.from(`${engine.username}:${engine.password}`).toString('base64')}`;
  const url = `${engine.url}/?${new URLSearchParams({ database: 'tl', ...params }).toString()}`;
  return fetch(url, { method: 'POST', body: body ?? null, headers: { authorization, ...headers } });
}
