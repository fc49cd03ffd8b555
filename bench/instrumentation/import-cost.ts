import { spawnSync } from 'node:child_process';

/** CPU ms of one start: our import, and the app's own use of OpenTelemetry's API behind it. */
export interface ImportCost {
  readonly import: number;
  readonly api: number;
}

const SCRIPT = `
const cpu = () => { const { user, system } = process.cpuUsage(); return (user + system) / 1000; };
const before = cpu();
if (process.env.REGISTER) await import(process.env.REGISTER);
const imported = cpu();
const { trace } = await import('@opentelemetry/api');
trace.getTracer('app');
console.log(JSON.stringify({ import: imported - before, api: cpu() - imported }));`;

/**
 * What an import costs, told by the process itself: an app's own start, which varies by tens of milliseconds, is left out. The API is loaded
 * either way; what its first use costs more than without us is ours.
 */
export function measureImport(register: string | undefined): ImportCost {
  const env = { PATH: process.env['PATH'], OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1', ...(register && { REGISTER: register }) };
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '--eval', SCRIPT], { cwd: import.meta.dirname, env });
  return JSON.parse(stdout.toString()) as ImportCost;
}
