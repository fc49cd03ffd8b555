import { execFile, execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** An OTLP exporter that somebody else wrote. */
export interface ForeignClient {
  readonly name: string;
  readonly protocol: 'http' | 'grpc';
  /** Resolves to how often the exporter gave a batch up; the app then exported it again. */
  export(endpoint: string, prefix: string, batches: number, size: number): Promise<number>;
}

const run = promisify(execFile);
const path = (name: string) => fileURLToPath(new URL(name, import.meta.url));
/** Outside of what git sees; kept from run to run. */
const CACHE = path('../../../node_modules/.cache/tokenledger-foreign-clients/');

const PYTHON_PACKAGES = ['opentelemetry-exporter-otlp-proto-http==1.45.2', 'opentelemetry-exporter-otlp-proto-grpc==1.45.2'];

export type Skipped = (name: string, reason: string) => void;

/** The official exporters of three languages; what this machine cannot run or install is skipped. */
export function foreignClients(skipped: Skipped): readonly ForeignClient[] {
  mkdirSync(CACHE, { recursive: true });
  return [...javascript(), ...python(skipped), ...go(skipped)];
}

function client(name: string, protocol: ForeignClient['protocol'], command: readonly [string, ...string[]]): ForeignClient {
  return {
    name,
    protocol,
    async export(endpoint, prefix, batches, size) {
      const [file, ...args] = command;
      const { stdout } = await run(file, [...args, endpoint, prefix, String(batches), String(size)], { timeout: 300_000 });
      return (JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as { given_up: number }).given_up;
    },
  };
}

function javascript(): readonly ForeignClient[] {
  const script = path('js-client.ts');
  return [
    client('JavaScript, HTTP JSON', 'http', [process.execPath, script, 'json']),
    client('JavaScript, HTTP protobuf', 'http', [process.execPath, script, 'protobuf']),
    client('JavaScript, gRPC', 'grpc', [process.execPath, script, 'grpc']),
  ];
}

function python(skipped: Skipped): readonly ForeignClient[] {
  const interpreter = `${CACHE}venv/bin/python`;
  try {
    if (!existsSync(`${CACHE}venv/installed`)) {
      execFileSync('python3', ['-m', 'venv', `${CACHE}venv`], { stdio: 'ignore' });
      execFileSync(interpreter, ['-m', 'pip', 'install', '--quiet', ...PYTHON_PACKAGES], { stdio: 'ignore', timeout: 300_000 });
      mkdirSync(`${CACHE}venv/installed`);
    }
  } catch (error) {
    skipped('Python', `its packages cannot be installed: ${String(error).slice(0, 100)}`);
    return [];
  }
  const script = path('python/client.py');
  return [
    client('Python, HTTP protobuf', 'http', [interpreter, script, 'http']),
    client('Python, gRPC', 'grpc', [interpreter, script, 'grpc']),
  ];
}

function go(skipped: Skipped): readonly ForeignClient[] {
  const binary = `${CACHE}go/client`;
  try {
    if (!existsSync(binary)) {
      cpSync(path('go'), `${CACHE}go`, { recursive: true });
      const options = { cwd: `${CACHE}go`, stdio: 'ignore', timeout: 600_000 } as const;
      execFileSync('go', ['mod', 'tidy'], options);
      execFileSync('go', ['build', '-o', 'client', '.'], options);
    }
  } catch (error) {
    skipped('Go', `its modules cannot be built: ${String(error).slice(0, 100)}`);
    return [];
  }
  return [client('Go, HTTP protobuf', 'http', [binary, 'http']), client('Go, gRPC', 'grpc', [binary, 'grpc'])];
}
