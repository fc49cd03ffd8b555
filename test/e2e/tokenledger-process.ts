import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';

export const MAIN = resolve(import.meta.dirname, '../../cli/src/main.ts');

export interface TokenledgerProcess {
  readonly otlpUrl: string;
  readonly apiUrl: string;
  readonly child: ChildProcess;
  readonly readyAfterMs: number;
  /** Everything it printed so far. */
  output(): string;
  stop(): Promise<number | null>;
}

/** `tokenledger up` as a user starts it: a process of its own, on free ports. */
export async function startTokenledger(folder: string, flags: readonly string[] = []): Promise<TokenledgerProcess> {
  const started = performance.now();
  const ports = ['--otlp-http-port', '0', '--otlp-grpc-port', '0', '--api-port', '0', '--jaeger-port', '0'];
  const child = spawn(process.execPath, [MAIN, 'up', '--data-dir', join(folder, 'data'), ...ports, ...flags], {
    stdio: ['ignore', 'pipe', 'pipe'],
    cwd: folder,
    // Without npm's variables: under npm, `up` would begin to build the viewer.
    env: environmentWithout(/^(OTEL|TOKENLEDGER|npm)_/),
  });
  let output = '';
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const urls = new Map<string, string>();
  for await (const line of createInterface({ input: child.stdout })) {
    output += `${line}\n`;
    const [name, url] = line.split(/\s+/);
    if (name && url?.startsWith('http')) urls.set(name, new URL(url).origin);
    if (line === 'ready') break;
  }
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const otlpUrl = urls.get('OTLP');
  const apiUrl = urls.get('API');
  if (!otlpUrl || !apiUrl) throw new Error(`tokenledger did not start:\n${output}`);
  return {
    otlpUrl,
    apiUrl,
    child,
    readyAfterMs: performance.now() - started,
    output: () => output,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
      child.kill('SIGTERM');
      const [code] = (await once(child, 'exit')) as [number | null];
      return code;
    },
  };
}

export function environmentWithout(names: RegExp): Record<string, string> {
  return Object.fromEntries(
    Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined && !names.test(entry[0])),
  );
}
