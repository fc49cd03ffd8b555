import { mkdtemp, rm } from 'node:fs/promises';
import { enableCompileCache } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createKeyRing } from '@tokenledger/model';
import { createPriceBook } from '@tokenledger/pricing';
import { pino } from 'pino';
import { onTestFinished } from 'vitest';
import { type Collector, type CollectorOptions, startCollector } from '../src/index.ts';
import { createStubLedger } from './stub-ledger.ts';

export const silent = pino({ level: 'silent' });
const priceBook = createPriceBook();
// Most of what a test's receiving thread does is to compile itself.
enableCompileCache();

/** Has something done when what asked for it is over. */
type WhenOver = (undo: () => Promise<void>) => void;

export async function temporaryDirectory(whenOver: WhenOver = onTestFinished): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'collector-'));
  whenOver(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

/** A collector on a free port, stopped when the test is over. Segments close quickly. */
export async function start(options: Partial<CollectorOptions> = {}, whenOver: WhenOver = onTestFinished): Promise<Collector> {
  const collector = await startCollector({
    ledger: createStubLedger(),
    priceBook,
    journalDir: options.journalDir ?? (await temporaryDirectory(whenOver)),
    host: '127.0.0.1',
    port: 0,
    keys: createKeyRing([]),
    log: silent,
    ...options,
    limits: { segmentMs: 20, stopFlushMs: 500, ...options.limits },
  });
  whenOver(() => collector.stop());
  return collector;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Buffer;
}

export async function post(url: string, body: Uint8Array | string, headers: Record<string, string> = {}): Promise<Answer> {
  return send(url, { body: new Uint8Array(Buffer.from(body)) }, headers);
}

/** In chunks, so that nobody knows its length beforehand. */
export async function postStream(url: string, body: ReadableStream): Promise<Answer> {
  return send(url, { body, duplex: 'half' }, {});
}

async function send(url: string, init: RequestInit, headers: Record<string, string>): Promise<Answer> {
  const response = await fetch(url, { ...init, method: 'POST', headers: { 'content-type': 'application/x-protobuf', ...headers } });
  return { status: response.status, headers: response.headers, body: Buffer.from(await response.arrayBuffer()) };
}

/** Waits until `check` holds; fails after `ms`. */
export async function until(check: () => boolean | Promise<boolean>, ms = 20_000): Promise<void> {
  const end = Date.now() + ms;
  while (!(await check())) {
    if (Date.now() > end) throw new Error(`not within ${ms} ms: ${check.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
