import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { authenticate, type Account } from './accounts.ts';
import { refuse } from './clickhouse-error.ts';
import { chooseEncoding } from './encodings.ts';
import { runQuery, type Workplace } from './query.ts';
import { Reply, type About } from './reply.ts';

export interface EngineServerOptions {
  readonly accounts: readonly Account[];
  readonly about: About;
}

/** Longer than @clickhouse/client keeps an idle socket, so that the client is the one to close it. */
const KEEP_ALIVE_MS = 30_000;
/** Query parameters travel in the URL. */
const MAX_HEADER_BYTES = 2 ** 20;

/** ClickHouse's HTTP interface on 127.0.0.1. */
export class EngineServer {
  readonly #workplace: Workplace;
  readonly #options: EngineServerOptions;
  readonly #server: Server;
  #active = 0;
  #stopping = false;

  constructor(workplace: Workplace, options: EngineServerOptions) {
    this.#workplace = workplace;
    this.#options = options;
    const serverOptions = { maxHeaderSize: MAX_HEADER_BYTES, keepAliveTimeout: KEEP_ALIVE_MS, requestTimeout: 0 };
    this.#server = createServer(serverOptions, (request, response) => void this.#serve(request, response));
  }

  listen(port: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, '127.0.0.1', () => resolve());
    });
  }

  /** Refuses what is new, waits for what runs; false if something still runs after `graceMs`. */
  async drain(graceMs: number): Promise<boolean> {
    this.#stopping = true;
    this.#server.close();
    this.#server.closeIdleConnections();
    for (const end = Date.now() + graceMs; this.#active > 0 && Date.now() < end;) await sleep(10);
    return this.#active === 0;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.#active++;
    if (this.#stopping) response.setHeader('connection', 'close');
    try {
      await this.#answer(request, response);
    } finally {
      this.#active--;
      // What is left of a refused body, so that the connection can serve the next request.
      if (!request.complete) request.resume();
    }
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams: params } = new URL(request.url ?? '/', 'http://engine');
    if (pathname === '/ping' || (pathname === '/' && request.method === 'GET' && !params.has('query'))) {
      response.writeHead(200, { 'content-type': 'text/html; charset=UTF-8' }).end('Ok.\n');
      return;
    }
    if (pathname !== '/') {
      response.writeHead(404, { 'content-type': 'text/plain; charset=UTF-8' }).end(`There is no handle ${pathname}\n`);
      return;
    }
    const compress = params.get('enable_http_compression') === '1';
    const encoding = compress ? chooseEncoding(request.headers['accept-encoding'] ?? '') : undefined;
    const reply = new Reply(response, params.get('query_id') || randomUUID(), encoding, this.#options.about);
    const gone = new AbortController();
    response.once('close', () => {
      if (!response.writableFinished) gone.abort(refuse('QUERY_WAS_CANCELLED', 'The client is gone.'));
    });
    try {
      refuseBlockCompression(params);
      const account = authenticate(this.#options.accounts, request, params);
      await runQuery(this.#workplace, { request, params, account, reply, gone: gone.signal });
    } catch (error) {
      await reply.fail(error);
    }
  }
}

function refuseBlockCompression(params: URLSearchParams): void {
  for (const name of ['compress', 'decompress']) {
    if (params.get(name) === '1') throw refuse('NOT_IMPLEMENTED', `${name}=1 is not supported; use Content-Encoding.`);
  }
}
