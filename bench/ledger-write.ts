/**
 * How fast entries reach the disk, and how many bytes they take: `node bench/ledger-write.ts [rows per insert] [inserts]`.
 * Add `--columns` to see where the bytes are. The same entries go through `ledger.write` and, for comparison in the same run, through the official client's
 * `insert(JSONEachRow)` into the same tables with the same views and tokens. CPU is what this process and the engine's spent.
 */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ClickHouseLogLevel, createClient } from '@clickhouse/client';
import { openLedger, startEngine, type Engine, type Ledger } from '@tokenledger/ledger';
import { formatUsd, type LedgerEntry } from '@tokenledger/model';

const ROWS = Number(process.argv[2] ?? 50_000);
const INSERTS = Number(process.argv[3] ?? 10);
/** What /proc counts CPU time in. */
const TICK_US = 10_000;

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
    const entries = entriesOf(insert);
    return (ledger) => ledger.write({ token: `native-${insert}`, entries, steps: [] });
  });
  const json = await measure('json', (insert) => {
    const entries = entriesOf(insert);
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

/** User and system time in microseconds. */
function cpuOf({ pid }: Engine): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) * TICK_US;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

/** Realistic and seeded: 40 services with their team, feature and model; 5,000 users; traces of one to four calls; an hour of time. */
function entriesOf(insert: number): readonly LedgerEntry[] {
  const random = mulberry32(insert + 1);
  const upTo = (limit: number) => Math.floor(random() * limit);
  const start = Math.floor(Date.now() / 3_600_000) * 3_600_000 - 3_600_000;
  let traceId = '';
  return Array.from({ length: ROWS }, (_, row): LedgerEntry => {
    if (row === 0 || random() < 0.4) traceId = randomBytes(16).toString('hex');
    const service = upTo(40);
    const input = 200 + upTo(8_000);
    const usage = { input_uncached: input, cache_read: upTo(2) * upTo(20_000), output_text: 20 + upTo(900) };
    const prices = { input_uncached: 2_500_000n, cache_read: 1_250_000n, output_text: 10_000_000n };
    const charges = (['input_uncached', 'cache_read', 'output_text'] as const).map((meter) => ({
      meter,
      quantity: usage[meter],
      unitPriceUsd: formatUsd(prices[meter]),
      amount: prices[meter] * BigInt(usage[meter]),
      priceId: `openai/gpt-4o/${meter}`,
      source: 'genai-prices@0.1.8',
    }));
    const cost = charges.reduce((sum, { amount }) => sum + amount, 0n);
    const rawUsage = { 'gen_ai.usage.input_tokens': input, 'gen_ai.usage.output_tokens': usage.output_text };
    const call = {
      traceId,
      spanId: randomBytes(8).toString('hex'),
      parentSpanId: randomBytes(8).toString('hex'),
      name: 'chat gpt-4o',
      timeMs: start + Math.floor((row / ROWS) * 3_600_000),
      durationMs: Math.exp(random() * 4 + 5),
      ttftMs: Math.exp(random() * 2 + 5),
      status: 'ok',
      service: `service-${service}`,
      environment: service % 5 ? 'production' : 'staging',
      team: `team-${service % 8}`,
      feature: `feature-${service % 20}`,
      customer: `customer-${upTo(200)}`,
      user: `user-${upTo(5_000)}`,
      session: `session-${upTo(20_000)}`,
      provider: 'openai',
      operation: 'chat',
      requestModel: 'gpt-4o',
      model: 'gpt-4o-2024-08-06',
      responseId: `chatcmpl-${randomBytes(14).toString('base64url')}`,
      finishReasons: ['stop'],
      usage,
      charges,
      cost,
      priceStatus: 'exact',
      billable: true,
      estimated: false,
      semantics: { profile: 'opentelemetry-js/openai', confidence: 'certain', flags: [] },
      rawUsage,
      evidence: JSON.stringify({
        dialect: 'otel',
        scope: '@opentelemetry/instrumentation-openai',
        usage: rawUsage,
        total: input + usage.output_text,
      }),
    } as const satisfies LedgerEntry['call'];
    return {
      tenant: 'default',
      version: 0,
      reason: 'call',
      call,
      delta: { calls: 1, unpricedCalls: 0, requests: 1, errors: 0, usage, charges, cost },
    };
  });
}

/** https://github.com/bryc/code/blob/master/jshash/PRNGs.md#mulberry32 */
function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** The row that the obvious writer would send. */
function toJsonRow({ tenant, version, reason, call, delta }: LedgerEntry): Record<string, unknown> {
  const { charges } = call;
  const time = new Date(call.timeMs).toISOString().replace('T', ' ').replace('Z', '');
  const amounts = Object.fromEntries(delta.charges.map(({ meter, amount }) => [meter, formatUsd(amount)]));
  return {
    tenant,
    version,
    reason,
    time,
    received_time: time,
    recorded_at: time,
    trace_id: call.traceId,
    span_id: call.spanId,
    parent_span_id: call.parentSpanId,
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
    finish_reasons: call.finishReasons,
    usage: call.usage,
    charge_meters: charges.map(({ meter }) => meter),
    charge_quantities: charges.map(({ quantity }) => quantity),
    charge_unit_prices: charges.map(({ unitPriceUsd }) => unitPriceUsd),
    charge_amounts: charges.map(({ amount }) => formatUsd(amount)),
    charge_price_ids: charges.map(({ priceId }) => priceId),
    charge_sources: charges.map(({ source }) => source),
    cost: call.cost === null ? null : formatUsd(call.cost),
    price_status: call.priceStatus,
    billable: call.billable,
    estimated: call.estimated,
    semantics_profile: call.semantics.profile,
    semantics_confidence: call.semantics.confidence,
    semantics_flags: call.semantics.flags,
    raw_usage: Object.fromEntries(Object.entries(call.rawUsage).map(([name, value]) => [name, JSON.stringify(value)])),
    evidence: call.evidence,
    delta_calls: delta.calls,
    delta_unpriced_calls: delta.unpricedCalls,
    delta_requests: delta.requests,
    delta_errors: delta.errors,
    delta_cost: formatUsd(delta.cost),
    delta_usage: delta.usage,
    delta_cost_by_meter: amounts,
  };
}
