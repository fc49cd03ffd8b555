/**
 * How fast entries reach the disk, and how many bytes they take: `node bench/ledger-write.ts [rows per insert] [inserts]`.
 * Add `--columns` to see where the bytes are. The same entries go through `ledger.write` and, for comparison in the same run, through the official client's
 * `insert(JSONEachRow)` into the same tables with the same views and tokens. CPU is what this process and the engine's spent.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ClickHouseLogLevel, createClient } from '@clickhouse/client';
import { openLedger, startEngine, type Ledger } from '@tokenledger/ledger';
import { formatUsd, type LedgerEntry } from '@tokenledger/model';
import { cpuOf } from './ledger-write/cpu-of.ts';
import { entriesOf } from './ledger-write/entries.ts';

const ROWS = Number(process.argv[2] ?? 50_000);
const INSERTS = Number(process.argv[3] ?? 10);

interface Measured {
  readonly rowsPerSecond: number;
  readonly writerUsPerRow: number;
  readonly engineUsPerRow: number;
  readonly bytesPerRow: number;
}

const dir = mkdtempSync(join(tmpdir(), 'ledger-write-'));
const engine = await startEngine({ dataDir: join(dir, 'data') });
try {
  const native = await measure('native', (insert) => {
    const entries = entriesOf(insert, ROWS);
    return (ledger) => ledger.write({ token: `native-${insert}`, entries, steps: [] });
  });
  const json = await measure('json', (insert) => {
    const entries = entriesOf(insert, ROWS);
    const clickhouse_settings = { insert_deduplication_token: `json-${insert}`, async_insert: 0 } as const;
    return (_, client) => client.insert({ table: 'calls', values: entries.map(toJsonRow), format: 'JSONEachRow', clickhouse_settings });
  });
  console.table({ 'ledger.write': native, 'client.insert JSONEachRow': json });
  console.log(`ratio: ${(native.rowsPerSecond / json.rowsPerSecond).toFixed(1)}x the rows per second`);
} finally {
  await engine.stop();
  rmSync(dir, { recursive: true });
}

type Write = (ledger: Ledger, client: ReturnType<typeof createClient>) => Promise<unknown>;

/**
 * Writes into a database of its own, one insert at a time. `prepare` makes one insert's rows and is not measured. The engine's
 * CPU includes the merges of the 3 seconds after the last insert.
 */
async function measure(name: string, prepare: (insert: number) => Write): Promise<Measured> {
  const connection = { url: engine.url, username: engine.username, password: engine.password, database: `bench_${name}` };
  const ledger = openLedger(connection);
  const client = createClient({ ...connection, request_timeout: 300_000, log: { level: ClickHouseLogLevel.OFF } });
  await ledger.migrate();
  await prepare(0)(ledger, client);
  const engineCpu = cpuOf(engine);
  let [wallMs, cpuUs] = [0, 0];
  for (let insert = 1; insert <= INSERTS; insert++) {
    const write = prepare(insert);
    const [cpu, started] = [process.cpuUsage(), performance.now()];
    await write(ledger, client);
    wallMs += performance.now() - started;
    const spent = process.cpuUsage(cpu);
    cpuUs += spent.user + spent.system;
  }
  await sleep(3_000);
  const engineUs = cpuOf(engine) - engineCpu;
  const stored = await storedSize(client, name);
  if (stored.rows !== ROWS * (INSERTS + 1)) throw new Error(`${stored.rows} rows are stored, not ${ROWS * (INSERTS + 1)}`);
  if (process.argv.includes('--columns')) await printColumns(client, name, stored.rows);
  await Promise.all([ledger.close(), client.close()]);
  const rows = ROWS * INSERTS;
  return {
    rowsPerSecond: Math.round((rows / wallMs) * 1000),
    writerUsPerRow: round(cpuUs / rows),
    engineUsPerRow: round(engineUs / rows),
    bytesPerRow: round(stored.bytes / stored.rows),
  };
}

async function storedSize(client: ReturnType<typeof createClient>, name: string): Promise<{ rows: number; bytes: number }> {
  const sizes = await client.query({
    query: `SELECT sum(rows) AS rows, sum(bytes_on_disk) AS bytes FROM system.parts WHERE active AND database = 'bench_${name}' AND table = 'calls'`,
    format: 'JSONEachRow',
  });
  const [size] = await sizes.json<{ rows: string; bytes: string }>();
  return { rows: Number(size?.rows), bytes: Number(size?.bytes) };
}

async function printColumns(client: ReturnType<typeof createClient>, name: string, rows: number): Promise<void> {
  const columns = await client.query({
    query: `SELECT name, round(data_compressed_bytes / ${rows}, 2) AS bytes FROM system.columns WHERE database = 'bench_${name}' AND table = 'calls' ORDER BY bytes DESC LIMIT 25`,
    format: 'JSONEachRow',
  });
  console.table(await columns.json());
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

/** The row that the obvious writer would send. */
function toJsonRow({ tenant, version, reason, call, delta }: LedgerEntry): Record<string, unknown> {
  const { charges } = call;
  const time = new Date(call.timeMs).toISOString().replace('T', ' ').replace('Z', '');
  return {
    tenant,
    version,
    reason,
    time,
    received_time: time,
    recorded_at: time,
    trace_id: call.traceId,
    span_id: String(BigInt(`0x${call.spanId}`)),
    parent_span_id: String(BigInt(`0x${call.parentSpanId ?? '0'}`)),
    name: call.name,
    duration_ms: call.durationMs.toFixed(3),
    ttft_ms: call.ttftMs?.toFixed(3),
    status: call.status,
    service: call.service,
    environment: call.environment,
    team: call.team,
    feature: call.feature,
    customer: call.customer,
    user: call.user,
    session: call.session,
    provider: call.provider,
    operation: call.operation,
    request_model: call.requestModel,
    model: call.model,
    response_id: call.responseId,
    finish_reasons: JSON.stringify(call.finishReasons),
    usage_meters: Object.keys(call.usage).join(),
    usage_quantities: Object.values(call.usage),
    charge_meters: charges.map(({ meter }) => meter).join(),
    charge_prices: JSON.stringify(charges.map(({ unitPriceUsd, priceId, source }) => [unitPriceUsd, priceId, source])),
    charge_amounts: charges.map(({ amount }) => formatUsd(amount)),
    cost: call.cost === null ? null : formatUsd(call.cost),
    price_status: call.priceStatus,
    billable: call.billable,
    estimated: call.estimated,
    semantics_profile: call.semantics.profile,
    semantics_confidence: call.semantics.confidence,
    raw_usage_names: JSON.stringify(Object.keys(call.rawUsage)),
    raw_usage_values: Object.values(call.rawUsage)
      .map((value) => JSON.stringify(value))
      .join(),
    evidence: call.evidence,
    delta_calls: delta.calls,
    delta_unpriced_calls: delta.unpricedCalls,
    delta_requests: delta.requests,
    delta_errors: delta.errors,
    delta_cost: formatUsd(delta.cost),
    delta_usage_times: 1,
    delta_cost_times: 1,
  };
}
