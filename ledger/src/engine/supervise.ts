import { fork, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { inboxOf } from './inbox.ts';
import { childEnvironment } from './config.ts';
import { defaultMemoryLimit } from './engine-config.ts';
import {
  collectProblems,
  DataDirInUseError,
  end,
  EngineStartError,
  hasEnded,
  ready,
  send,
  startProblem,
  watchForHang,
} from './engine-child.ts';
import type { StartOptions } from './messages.ts';

/** The part of a pino logger that is used. */
export interface EngineLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

export interface EngineOptions {
  /** Created if missing; belongs to one engine at a time. */
  readonly dataDir: string;
  readonly log?: EngineLog | undefined;
  /** Default: half of the memory there is, 4 GiB at most. */
  readonly memoryLimitBytes?: number | undefined;
  /** Reads that run at once; default 4. */
  readonly readers?: number | undefined;
  /** An engine that answers no query for so long is killed and started again; default 15 s. */
  readonly hangTimeoutMs?: number | undefined;
}

/** An embedded ClickHouse that is kept running until `stop()`. */
export interface Engine {
  /** `http://127.0.0.1:<port>`, the same over restarts. */
  readonly url: string;
  readonly username: string;
  readonly password: string;
  /** An account that can only read. */
  readonly reader: { readonly username: string; readonly password: string };
  /** Where data of inserts may be left instead of being sent: see inbox.ts. */
  readonly inbox: string;
  /** Of the child process, also while it starts; undefined between a crash and its restart. */
  readonly pid: number | undefined;
  readonly restarts: number;
  /** Ends running statements and the child; takes less than 3 s. */
  stop(): Promise<void>;
}

/**
 * Starts an embedded ClickHouse in a child process and resolves when it answers.
 * @throws EngineStartError, for example because another engine holds the data directory
 */
export async function startEngine(options: EngineOptions): Promise<Engine> {
  const supervisor = new Supervisor(options);
  for (const end = Date.now() + HEIR_PATIENCE_MS; ; await sleep(100)) {
    try {
      await supervisor.start();
      return supervisor;
    } catch (error) {
      if (!(error instanceof DataDirInUseError) || Date.now() > end) throw error;
    }
  }
}

/** So long an engine may take to notice that its process was killed, while the next one already starts. */
const HEIR_PATIENCE_MS = 5000;

const STOP_MS = 2500;
const STABLE_MS = 30_000;
const FREE_RESTARTS = 5;
const MAX_BACKOFF_MS = 1000;

class Supervisor implements Engine {
  readonly username = 'tokenledger';
  readonly password = randomBytes(24).toString('base64url');
  readonly reader = { username: 'reader', password: randomBytes(24).toString('base64url') };
  readonly inbox: string;
  restarts = 0;
  readonly #dataDir: string;
  readonly #log: EngineLog | undefined;
  readonly #limits: StartOptions['limits'];
  readonly #hangTimeoutMs: number;
  #port: number | undefined;
  #child: ChildProcess | undefined;
  #quickFailures = 0;
  #restart: NodeJS.Timeout | undefined;
  #stopped: Promise<void> | undefined;

  constructor(options: EngineOptions) {
    this.#dataDir = resolve(options.dataDir);
    this.inbox = inboxOf(this.#dataDir);
    this.#log = options.log;
    this.#limits = { memoryLimitBytes: options.memoryLimitBytes ?? defaultMemoryLimit(), readers: options.readers ?? 4 };
    this.#hangTimeoutMs = options.hangTimeoutMs ?? 15_000;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  async start(): Promise<void> {
    if (/[*?{}[\]]/.test(this.#dataDir)) {
      // The engine would take the names of data files for patterns, find nothing, and say nothing.
      throw new EngineStartError(`The path of the data directory may not contain any of *?{}[]: ${this.#dataDir}`);
    }
    const startedAt = Date.now();
    const child = this.#fork();
    this.#child = child;
    const problems = collectProblems(child);
    try {
      this.#port = await ready(child);
    } catch (cause) {
      await end(child);
      this.#child = undefined;
      throw startProblem(this.#dataDir, problems, cause);
    }
    this.#log?.info({ enginePid: child.pid, url: this.url, ms: Date.now() - startedAt }, 'engine ready');
    const watch = watchForHang(child, this.#hangTimeoutMs, () => this.#log?.warn({ enginePid: child.pid }, 'engine hangs; killing it'));
    child.once('exit', (code, signal) => {
      clearInterval(watch);
      this.#child = undefined;
      if (this.#stopped !== undefined) return;
      this.#log?.warn({ enginePid: child.pid, code, signal, stderr: problems.slice(-5) }, 'engine ended; starting it again');
      this.#startAgain(Date.now() - startedAt);
    });
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<void> {
    clearTimeout(this.#restart);
    const child = this.#child;
    if (child === undefined || hasEnded(child)) return;
    const exited = once(child, 'exit');
    const deadline = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
    send(child, { type: 'stop' });
    await exited;
    clearTimeout(deadline);
  }

  #fork(): ChildProcess {
    const child = fork(new URL('./main.ts', import.meta.url), [String(process.pid)], {
      env: childEnvironment({ threads: this.#limits.readers + 12, compileCacheDir: join(this.#dataDir, 'compile-cache') }),
      execArgv: ['--max-semi-space-size=4'],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    const { username, password, reader } = this;
    const accounts = [
      { username, password, readonly: false },
      { ...reader, readonly: true },
    ];
    const inbox = this.#port === undefined ? 'empty' : 'keep';
    send(child, { type: 'start', options: { dataDir: this.#dataDir, port: this.#port, inbox, accounts, limits: this.#limits } });
    return child;
  }

  /** At once after a crash; with growing pauses if the engine does not stay up. */
  #startAgain(aliveMs: number): void {
    this.#quickFailures = aliveMs > STABLE_MS ? 0 : this.#quickFailures + 1;
    const pauseMs = Math.min(50 * 2 ** Math.max(0, this.#quickFailures - FREE_RESTARTS), MAX_BACKOFF_MS);
    this.#restart = setTimeout(() => {
      this.restarts++;
      this.start().catch((cause: unknown) => {
        if (this.#stopped !== undefined) return;
        this.#log?.warn({ cause: String(cause) }, 'engine did not start');
        this.#startAgain(0);
      });
    }, pauseMs);
  }
}
