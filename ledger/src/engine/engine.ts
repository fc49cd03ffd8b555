import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Connection } from './chdb.ts';
import { dieOfCrashes } from './ending.ts';
import { writeEngineConfig } from './engine-config.ts';
import { forgetLostParts } from './forget-lost-parts.ts';
import { openInbox } from './inbox.ts';
import { EngineServer } from './engine-server.ts';
import { JudgedReads } from './judged-reads.ts';
import { Lanes } from './lanes.ts';
import type { StartOptions } from './messages.ts';
import type { Workplace } from './query.ts';
import { NamedSessions } from './sessions.ts';
import { SpareConnection } from './spare-connection.ts';

/** How long to wait for the lock of an engine that is just ending. */
const LOCK_WAIT_MS = 1500;
const LOCK_RETRY_MS = 100;
/** Below the ports that the system gives to outgoing connections, so that none takes it while the engine restarts. */
const PORTS = { first: 20_000, last: 32_000, attempts: 50 };
const DRAIN_MS = 700;
const KILLED_DRAIN_MS = 1000;

/** The running engine of this process. */
export class Engine {
  readonly port: number;
  readonly #root: Connection;
  readonly #server: EngineServer;
  readonly #workplace: Workplace;

  private constructor(port: number, root: Connection, server: EngineServer, workplace: Workplace) {
    this.port = port;
    this.#root = root;
    this.#server = server;
    this.#workplace = workplace;
  }

  /**
   * Opens the data directory (`clickhouse/` below `dataDir`) and listens. Changes the working directory to the spool
   * directory, to which the names of FIFOs and data files in statements are relative.
   */
  static async start({ dataDir, port, inbox, accounts, limits }: StartOptions): Promise<Engine> {
    const storeDir = join(dataDir, 'clickhouse');
    const spoolDir = join(dataDir, `spool-${process.pid}`);
    mkdirSync(storeDir, { recursive: true, mode: 0o700 });
    mkdirSync(spoolDir, { recursive: true, mode: 0o700 });
    process.chdir(spoolDir);

    let root: Connection;
    try {
      root = await openLocked(storeDir, [`--config-file=${writeEngineConfig(spoolDir, limits)}`]);
    } catch (cause) {
      rmSync(spoolDir, { recursive: true, force: true });
      throw cause;
    }
    dieOfCrashes();
    removeOldSpools(dataDir, spoolDir);
    openInbox(dataDir, inbox);
    await forgetLostParts(root);

    const connect = (): Connection => new Connection(storeDir);
    const workplace = {
      connect,
      spare: new SpareConnection(connect),
      judged: new JudgedReads(),
      spoolDir,
      lanes: new Lanes(spoolDir, limits.readers),
      sessions: new NamedSessions(connect),
    };
    const [version = '', timezone = ''] = (await firstRow(root, 'SELECT version(), timezone()')).split('\t');
    const server = new EngineServer(workplace, { accounts, about: { version, timezone } });
    return new Engine(await listen(server, port), root, server, workplace);
  }

  /** Resolves when the engine has answered a query, be it with an error: that too is a sign of life. */
  async beat(): Promise<void> {
    await this.#root.query('SELECT 1').catch(() => undefined);
  }

  /** Waits shortly for running statements, then kills them; false if one would not end and the process must be killed. */
  async stop(): Promise<boolean> {
    let drained = await this.#server.drain(DRAIN_MS);
    if (!drained) {
      await this.#root.query("KILL QUERY WHERE Settings['log_comment'] != '' ASYNC");
      drained = await this.#server.drain(KILLED_DRAIN_MS);
    }
    if (!drained) return false;
    this.#workplace.sessions.closeAll();
    await this.#workplace.spare.close();
    this.#root.close();
    rmSync(this.#workplace.spoolDir, { recursive: true, force: true });
    return true;
  }
}

/** The data directory's lock belongs to one process. */
async function openLocked(storeDir: string, args: readonly string[]): Promise<Connection> {
  for (const end = Date.now() + LOCK_WAIT_MS; ;) {
    try {
      return new Connection(storeDir, args);
    } catch (cause) {
      if (Date.now() > end) throw cause;
      await sleep(LOCK_RETRY_MS);
    }
  }
}

function removeOldSpools(dataDir: string, current: string): void {
  for (const name of readdirSync(dataDir)) {
    const path = join(dataDir, name);
    if (name.startsWith('spool-') && path !== current) rmSync(path, { recursive: true, force: true });
  }
}

async function listen(server: EngineServer, port: number | undefined): Promise<number> {
  if (port !== undefined) {
    await server.listen(port);
    return port;
  }
  for (let attempt = 1; ; attempt++) {
    const candidate = PORTS.first + Math.floor(Math.random() * (PORTS.last - PORTS.first));
    try {
      await server.listen(candidate);
      return candidate;
    } catch (cause) {
      if (attempt === PORTS.attempts) throw cause;
    }
  }
}

async function firstRow(connection: Connection, sql: string): Promise<string> {
  return Buffer.from((await connection.query(sql)).bytes)
    .toString()
    .trim();
}
