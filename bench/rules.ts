/**
 * How long one evaluation of 100 rules over 1,000 series takes, on the embedded engine with 10 million calls in it:
 * `node bench/rules.ts [--calls 10000000] [--data <folder>] [--floor 0.01]`. An anomaly of less than the floor, in USD, is not looked into: with the
 * default nearly every series is, and more fire than anybody would want. The calls are made inside the engine by INSERT … SELECT, through the real
 * tables and views; rules, state and outbox are the real ones. Making ten million takes many minutes: a folder given by `--data` is kept,
 * and what is in it is not made again. `--fill-only` stops there. Exits with 1 above five seconds.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type RuleInput, ruleSchema, startAlerts } from '@tokenledger/alerts';
import { ClickHouseLogLevel, createClient } from '@clickhouse/client';
import { openLedger, startEngine } from '@tokenledger/ledger';
import { pino } from 'pino';
import { fill, SERIES } from './rules/fill.ts';

const MOST_MS = 5_000;
const RULES = 100;
const ROUNDS = 9;
const { values: flags } = parseArgs({
  options: {
    calls: { type: 'string', default: '10000000' },
    data: { type: 'string' },
    'fill-only': { type: 'boolean', default: false },
    floor: { type: 'string', default: '0.01' },
  },
});
const calls = Number(flags.calls);
const say = (line: string) => process.stdout.write(`${line}\n`);

/** A hundred rules as a company would have them: a dozen shapes, each with bounds of several severities. */
function rules(): readonly RuleInput[] {
  const shapes: readonly Omit<RuleInput, 'name'>[] = [
    { measure: 'cost', window: '1h', condition: { kind: 'threshold', above: '1000' } },
    { measure: 'cost', window: '15m', condition: { kind: 'threshold', above: '1000' } },
    { measure: 'cost', window: '1d', condition: { kind: 'threshold', above: '10000' } },
    { measure: 'calls', window: '1h', condition: { kind: 'threshold', above: 1_000_000 } },
    { measure: 'tokens', window: '1h', condition: { kind: 'threshold', above: 1e12 } },
    { measure: 'error_rate', window: '15m', condition: { kind: 'threshold', above: 0.5 } },
    { measure: 'unpriced_share', window: '1h', condition: { kind: 'threshold', above: 0.5 } },
    { measure: 'cost', window: '1h', condition: { kind: 'rate_of_change', ratio: 100, min_change: '100' } },
    { measure: 'calls', window: '1h', condition: { kind: 'no_data' } },
    { measure: 'cost', condition: { kind: 'budget', amount_usd: '1000000', period: 'month' } },
    { measure: 'cost', condition: { kind: 'burn_rate', amount_usd: '1000000', period: 'month' } },
    { measure: 'cost', window: '30m', condition: { kind: 'anomaly', min_impact_usd: flags.floor } },
  ];
  return Array.from({ length: RULES }, (_, index) => {
    const shape = shapes[index % shapes.length] ?? { measure: 'cost', condition: { kind: 'no_data' } };
    return { ...shape, name: `rule-${index}`, group_by: ['feature'], severity: (['info', 'warning', 'critical'] as const)[index % 3] };
  });
}

const folder = flags.data ?? mkdtempSync(join(tmpdir(), 'tokenledger-bench-rules-'));
mkdirSync(folder, { recursive: true });
const engine = await startEngine({ dataDir: join(folder, 'clickhouse') });
const connection = { url: engine.url, username: engine.username, password: engine.password };
const ledger = openLedger(connection);
try {
  await ledger.migrate();
  const client = createClient({ ...connection, database: 'tokenledger', request_timeout: 300_000, log: { level: ClickHouseLogLevel.OFF } });
  const untilMs = await fill(client, { calls, nowMs: Date.now() }, say);
  await client.close();
  if (!flags['fill-only']) await measure(untilMs);
} finally {
  await ledger.close();
  await engine.stop();
  if (flags.data === undefined) rmSync(folder, { recursive: true, force: true });
}

/** Rules run on a clock that starts where the calls end. */
async function measure(untilMs: number): Promise<void> {
  const startedMs = Date.now();
  let queries = 0;
  const counting = {
    forTenant: (tenant: string) => {
      const reader = ledger.forTenant(tenant);
      return { ...reader, spend: (query: Parameters<typeof reader.spend>[0]) => ((queries += 1), reader.spend(query)) };
    },
  };
  const alerts = startAlerts({
    ledger: counting,
    stateDir: mkdtempSync(join(folder, 'alerts-')),
    now: () => untilMs + Date.now() - startedMs,
    rules: rules().map((rule) => ruleSchema.parse(rule)),
    receivers: [],
    publicUrl: 'http://localhost:4320',
    intervalMs: 1_000,
    log: pino({ level: 'warn' }),
  });
  const took: number[] = [];
  while (took.length < ROUNDS) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    const { rounds, lastRoundTookMs = 0, failures } = alerts.progress();
    if (failures > 0) throw new Error('a rule could not be evaluated');
    if (rounds <= took.length) continue;
    say(`  round ${rounds}: ${(lastRoundTookMs / 1000).toFixed(2)} s, ${queries} queries`);
    queries = 0;
    took.push(lastRoundTookMs);
  }
  await alerts.stop();
  const [first = 0, ...rest] = took;
  const median = rest.toSorted((a, b) => a - b)[rest.length >> 1] ?? 0;
  const holds = median <= MOST_MS;
  say(
    `${holds ? 'ok    ' : 'FAILED'} ${RULES} rules over ${SERIES} series: ${(median / 1000).toFixed(2)} s (median; at most 5), the first ${(first / 1000).toFixed(2)} s, the slowest ${(Math.max(...took) / 1000).toFixed(2)} s, while what is normal is learned`,
  );
  if (!holds) process.exitCode = 1;
}
