import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { formatUsd, parseUsd } from '@tokenledger/model';
import { startSimulator } from '@tokenledger/simulator';
import { pino } from 'pino';
import { z } from 'zod';
import type { Command } from '../command.ts';
import { environmentForApps, loadConfig } from '../config.ts';
import { startParts } from '../start-parts.ts';
import { untilStopped } from '../until-stopped.ts';

const SAMPLE_APP = fileURLToPath(import.meta.resolve('@tokenledger/sample-app'));
const SEED = 1;
const CALLS = 120;
/** A stored call is visible about a second after it was accepted; this is how long the demo looks for the last one. */
const PATIENCE_MS = 20_000;

const spendSchema = z.object({
  rows: z.array(
    z.object({ team: z.string(), model: z.string(), cost: z.string().nullable(), calls: z.number(), tokens: z.number().nullable() }),
  ),
});

export const demo: Command = {
  name: 'demo',
  summary: 'up, a provider simulator and a sample app with the real SDKs (`demo once` ends by itself)',
  async run(args, out) {
    const { config, rest } = loadConfig({ args, defaults: { data_dir: './.tokenledger/demo', log_level: 'warn' } });
    const started = Date.now();
    const running = await startParts(config, pino({ level: config.log_level }));
    const { otlp = '', api = '' } = running.urls;
    const simulator = await startSimulator({ seed: SEED });
    try {
      out(
        `Tokenledger is up after ${String(Date.now() - started)} ms. A sample app makes ${String(CALLS)} calls to a provider simulator …\n`,
      );
      await runSampleApp(simulator.url, otlp);
      const answered = simulator.bill().filter(({ status }) => status < 400).length;
      for (const line of spendTable(await spendOnceStored(api, started, answered))) out(line);
      out(`\nSee       ${api}/`);
      out(`Ask       ${api}/docs`);
      out(
        `Spend     ${api}/v1/spend?from=${String(started)}&to=${String(started + 3_600_000)}&interval=none&group_by=team,model&measures=cost,calls`,
      );
      out(`Calls     ${api}/v1/calls?from=${String(started)}&to=${String(started + 3_600_000)}`);
      if (rest.includes('once')) return 0;
      out('\nCtrl-C stops everything. Point an app here: OTEL_EXPORTER_OTLP_ENDPOINT=' + otlp);
      await untilStopped();
      return 0;
    } finally {
      await simulator.stop();
      await running.stop();
    }
  },
};

/** The app is a process of its own, as an app is: it knows Tokenledger only by its one import and the standard OTEL_* variables. */
async function runSampleApp(simulatorUrl: string, otlpUrl: string): Promise<void> {
  const child = spawn(process.execPath, [SAMPLE_APP, '--simulator', simulatorUrl, '--calls', String(CALLS), '--seed', String(SEED)], {
    env: { ...environmentForApps(), OTEL_EXPORTER_OTLP_ENDPOINT: otlpUrl, OTEL_SERVICE_NAME: 'sample-app' },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error(`the sample app ended with ${String(code)}`);
}

type Spend = z.infer<typeof spendSchema>['rows'][number];

/** Asks until as many calls are stored as the simulator answered, or patience ends: then what is there is shown, with its own count. */
async function spendOnceStored(apiUrl: string, from: number, expectedCalls: number): Promise<readonly Spend[]> {
  for (const deadline = Date.now() + PATIENCE_MS; ; await sleep(200)) {
    const query = new URLSearchParams({
      from: String(from),
      to: String(Date.now() + 60_000),
      interval: 'none',
      group_by: 'team,model',
      measures: 'cost,calls,tokens',
    });
    const answer = await fetch(`${apiUrl}/v1/spend?${query.toString()}`);
    if (!answer.ok) throw new Error(`GET /v1/spend answered ${String(answer.status)}: ${await answer.text()}`);
    const { rows } = spendSchema.parse(await answer.json());
    const stored = rows.reduce((sum, { calls }) => sum + calls, 0);
    if (stored >= expectedCalls || Date.now() > deadline) return rows;
  }
}

function spendTable(rows: readonly Spend[]): readonly string[] {
  const known = rows.map(({ cost }) => parseUsd(cost ?? '0') ?? 0n);
  const total = known.reduce((sum, cost) => sum + cost, 0n);
  const sorted = rows.toSorted((a, b) => Number((parseUsd(b.cost ?? '0') ?? 0n) - (parseUsd(a.cost ?? '0') ?? 0n)));
  return [
    `${'team'.padEnd(12)} ${'model'.padEnd(30)} ${'calls'.padStart(6)} ${'tokens'.padStart(10)}  USD`,
    ...sorted.map(
      ({ team, model, calls, tokens, cost }) =>
        `${(team || '(none)').padEnd(12)} ${model.padEnd(30)} ${String(calls).padStart(6)} ${String(tokens ?? '?').padStart(10)}  ${cost ?? 'unpriced'}`,
    ),
    `${'total'.padEnd(43)} ${String(rows.reduce((sum, { calls }) => sum + calls, 0)).padStart(6)} ${''.padStart(10)}  ${formatUsd(total)}`,
  ];
}
