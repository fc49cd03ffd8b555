/** A process that owns an engine, for tests that kill it: prints the engine's pid and keeps it busy if asked to. */
import { createClient } from '@clickhouse/client';
import { startEngine } from '../../src/engine/supervise.ts';

const engine = await startEngine({ dataDir: process.argv[2] ?? '' });
if (process.argv[3] === 'busy') {
  const client = createClient({ url: engine.url, username: engine.username, password: engine.password });
  client.query({ query: 'SELECT count() FROM numbers(1000000000000)' }).catch(() => undefined);
  await new Promise((resolve) => setTimeout(resolve, 200));
}
console.log(engine.pid);
setInterval(() => undefined, 1000);
