import { fork, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** An app as it is started: with nothing, or with somebody's instrumentation. */
export interface Variant {
  readonly execArgv: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Where `timed-app.cjs` and its packages lie. */
  readonly folder?: string;
}

/** What an app does in one turn, how often, and how often before it is measured: until V8 has compiled what it compiles. */
const WORKS = {
  call: { times: 100, warmUp: 2_000 },
  stream: { times: 4, warmUp: 30 },
  pacedStream: { times: 3, warmUp: 10 },
  other: { times: 100, warmUp: 500 },
} as const;
export type Work = keyof typeof WORKS;
export const ALL_WORKS = Object.keys(WORKS) as readonly Work[];

/** One figure, per round, for each variant. */
export type Figures = Record<string, Record<string, number[]>>;

interface Turn {
  readonly wallUs: number;
  readonly firstChunkUs?: number;
}
interface Usage {
  readonly cpuUs: number;
  readonly rssMb: number;
}

/** What a call leaves for later is done and exported by then. */
const SETTLED_MS = 2_500;

/**
 * Starts an app per variant and lets each in turn do a little, so that whatever else the machine does hits all of them alike.
 * `launches` times anew, because what V8 makes of the same code differs from process to process; `rounds` turns each.
 */
export async function measureByTurns(
  variants: Readonly<Record<string, Variant>>,
  works: readonly Work[],
  launches: number,
  rounds: number,
): Promise<Figures> {
  const [model, collector] = [await startServer(), await startServer()];
  const figures: Figures = {};
  const note = (figure: string, variant: string, value: number): void => void ((figures[figure] ??= {})[variant] ??= []).push(value);
  for (let launch = 0; launch < launches; launch++) {
    const apps = new Map<string, ChildProcess>();
    for (const [name, variant] of Object.entries(variants)) apps.set(name, await startApp(variant, model.url, collector.url));
    for (const work of works) {
      const { times, warmUp } = WORKS[work];
      for (const app of apps.values()) await tell(app, { work, times: warmUp });
      await sleep(SETTLED_MS);
      const before = await usages(apps);
      for (let round = 0; round < rounds; round++) {
        for (const [name, app] of rotated([...apps], round)) {
          const turn = (await tell(app, { work, times })) as Turn;
          note(`${work}, wall µs`, name, turn.wallUs);
          if (turn.firstChunkUs !== undefined) note(`${work}, first chunk µs`, name, turn.firstChunkUs);
        }
      }
      await sleep(SETTLED_MS);
      for (const [name, { cpuUs }] of await usages(apps))
        note(`${work}, CPU µs`, name, (cpuUs - (before.get(name)?.cpuUs ?? 0)) / rounds / times);
    }
    for (const [name, { rssMb }] of await usages(apps)) note('RSS at the end, MB', name, rssMb);
    for (const app of apps.values()) app.kill('SIGKILL');
  }
  model.stop();
  collector.stop();
  return figures;
}

async function usages(apps: ReadonlyMap<string, ChildProcess>): Promise<Map<string, Usage>> {
  const found = new Map<string, Usage>();
  for (const [name, app] of apps) found.set(name, (await tell(app, { work: 'usage' })) as Usage);
  return found;
}

async function startApp({ execArgv, env, folder }: Variant, modelUrl: string, collectorUrl: string): Promise<ChildProcess> {
  const cwd = folder ?? import.meta.dirname;
  const app = fork(join(cwd, 'timed-app.cjs'), {
    cwd,
    execArgv: [...execArgv],
    env: { PATH: process.env['PATH'], MODEL_URL: modelUrl, OTEL_EXPORTER_OTLP_ENDPOINT: collectorUrl, ...env },
    stdio: ['ignore', 'ignore', process.env['BENCH_VERBOSE'] ? 'inherit' : 'ignore', 'ipc'],
  });
  await answerOf(app);
  return app;
}

function tell(app: ChildProcess, message: object): Promise<unknown> {
  const answer = answerOf(app);
  app.send(message);
  return answer;
}

function answerOf(app: ChildProcess): Promise<unknown> {
  return new Promise((resolve, reject) => {
    app.once('message', (answer) => {
      app.removeListener('exit', reject);
      resolve(answer);
    });
    app.once('exit', reject);
  });
}

async function startServer(): Promise<{ readonly url: string; stop(): void }> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'model-server.ts')], { stdio: ['pipe', 'pipe', 'inherit'] });
  const url = await new Promise<string>((resolve) => child.stdout.once('data', (chunk: Buffer) => resolve(chunk.toString())));
  return { url, stop: () => child.kill() };
}

/** CPU time until an app is ready to work, by turns. */
export async function measureStarts(variants: Readonly<Record<string, Variant>>, rounds: number): Promise<Record<string, number[]>> {
  const found: Record<string, number[]> = {};
  for (let round = 0; round < rounds; round++) {
    for (const [name, variant] of rotated(Object.entries(variants), round)) {
      const app = await startApp(variant, 'http://127.0.0.1:1', 'http://127.0.0.1:1');
      const { cpuUs } = (await tell(app, { work: 'usage' })) as Usage;
      (found[name] ??= []).push(cpuUs / 1_000);
      app.kill('SIGKILL');
    }
  }
  return found;
}

function rotated<T>(list: readonly T[], by: number): T[] {
  return [...list.slice(by % list.length), ...list.slice(0, by % list.length)];
}

/** The median of what each round says, and where nine of ten such medians would lie, by the order of the values. */
export function describe(values: readonly number[]): { readonly median: number; readonly low: number; readonly high: number } {
  const sorted = [...values].sort((a, b) => a - b);
  const half = (1.645 * Math.sqrt(sorted.length)) / 2;
  const at = (index: number): number => sorted[Math.min(sorted.length - 1, Math.max(0, Math.round(index)))] ?? Number.NaN;
  const middle = (sorted.length - 1) / 2;
  return { median: at(middle), low: at(middle - half), high: at(middle + half) };
}

/** How much more a variant takes than another in the same round. */
export function added(of: readonly number[] = [], base: readonly number[] = []): number[] {
  return of.map((value, index) => value - (base[index] ?? Number.NaN));
}
