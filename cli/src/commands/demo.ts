import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { startSimulator } from '@tokenledger/simulator';
import { pino } from 'pino';
import type { Command } from '../command.ts';
import { environmentForApps, loadConfig } from '../config.ts';
import { fillWithHistory, writeDemoSettings } from '../demo-history.ts';
import { spendOnceStored, spendTable } from '../demo-spend.ts';
import { startParts } from '../start-parts.ts';
import { untilStopped } from '../until-stopped.ts';

const SAMPLE_APP = fileURLToPath(import.meta.resolve('@tokenledger/sample-app'));
const CALLS = 120;

export const demo: Command = {
  name: 'demo',
  summary: 'up, 30 days of seeded history, a provider simulator and a sample app with the real SDKs',
  usage: 'usage: tokenledger demo [once] [settings]\n  once: ends after the first calls and the history',
  async run(args, out) {
    const { config, rest } = loadConfig({ args, defaults: { data_dir: './.tokenledger/demo', log_level: 'warn' } });
    // From the start on: a Ctrl-C while history is written stops all parts, too.
    const interrupted = untilStopped();
    const started = Date.now();
    const demoSettings = writeDemoSettings(config.data_dir, started);
    const prices_file = config.prices_file ?? demoSettings.prices_file;
    const alerts_file = config.alerts_file ?? demoSettings.alerts_file;
    const running = await startParts({ ...config, prices_file, alerts_file }, pino({ level: config.log_level }));
    const { otlp = '', api = '' } = running.urls;
    const simulator = await startSimulator({ seed: 1 });
    const app = (...args: readonly string[]) => startSampleApp(otlp, ['--simulator', simulator.url, ...args]);
    let traffic: ChildProcess | undefined;
    const show = async () => {
      out(
        `Tokenledger is up after ${String(Date.now() - started)} ms. A sample app makes ${String(CALLS)} calls to a provider simulator …\n`,
      );
      traffic = app('--calls', String(CALLS), '--seed', '1');
      await finished(traffic);
      const answered = simulator.bill().filter(({ status }) => status < 400).length;
      for (const line of spendTable(await spendOnceStored(api, started, answered))) out(line);
      out(`\n${await fillWithHistory(running, { dataDir: config.data_dir, endMs: started })}`);
      out(`\nSee       ${api}/`);
      out(`Ask       ${api}/docs`);
      out(
        `Spend     ${api}/v1/spend?from=${String(started)}&to=${String(started + 3_600_000)}&interval=none&group_by=team,model&measures=cost,calls`,
      );
      out(`Calls     ${api}/v1/calls?from=${String(started)}&to=${String(started + 3_600_000)}`);
    };
    try {
      const isStopped = await Promise.race([show().then(() => false), interrupted.then(() => true)]);
      if (isStopped || rest.includes('once')) return 0;
      const progress = running.viewer.progress();
      if (progress) out(`\nStill ${progress}: the page turns into the dashboards when they are there.`);
      traffic = app('--calls', '0', '--tasks-per-second', '0.5', '--seed', String(started % 1_000_000));
      out('\nThe sample app goes on slowly. Ctrl-C stops everything. Point an app here: OTEL_EXPORTER_OTLP_ENDPOINT=' + otlp);
      await interrupted;
      return 0;
    } finally {
      if (traffic) await stopped(traffic);
      await simulator.stop();
      await running.stop();
    }
  },
};

/** The app is a process of its own, as an app is: it knows Tokenledger only by its one import and the standard OTEL_* variables. */
function startSampleApp(otlpUrl: string, args: readonly string[]): ChildProcess {
  return spawn(process.execPath, [SAMPLE_APP, ...args], {
    env: { ...environmentForApps(), OTEL_EXPORTER_OTLP_ENDPOINT: otlpUrl, OTEL_SERVICE_NAME: 'sample-app' },
    stdio: ['ignore', args.includes('0') ? 'ignore' : 'inherit', 'inherit'],
  });
}

async function finished(app: ChildProcess): Promise<void> {
  const [code] = await once(app, 'exit');
  if (code !== 0) throw new Error(`the sample app ended with ${String(code)}`);
}

async function stopped(app: ChildProcess): Promise<void> {
  if (app.exitCode !== null || app.signalCode !== null) return;
  const exit = once(app, 'exit');
  app.kill('SIGTERM');
  await exit;
}
