import http from 'node:http';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { chatSpan, toProtobuf, tracesRequest } from '../otlp/messages.ts';
import { begin } from './life.ts';
import { residentMib } from './resident-memory.ts';

export interface OverloadOptions {
  readonly seconds: number;
  readonly connections: number;
  readonly report?: (line: string) => void;
}

export interface OverloadResult {
  readonly statuses: Readonly<Record<string, number>>;
  /** Requests answered 200 in a second, alone on one connection and under load. */
  readonly aloneGoodput: number;
  readonly goodput: number;
  readonly acceptedP99Ms: number;
  /** From the end of the load to five answers in a row as quick as nine in ten were before it. */
  readonly backToNormalMs: number;
  readonly peakMib: number;
}

const SPANS = 64;

/** More senders than there is room for, each as fast as it is answered; then one alone. */
export async function runOverload({ seconds, connections, report }: OverloadOptions): Promise<OverloadResult> {
  const dataDir = await mkdtemp(join(tmpdir(), 'overload-'));
  // Room for a few requests, so that few cores are enough to have too many.
  const life = await begin(dataDir, 0, { inFlightBytes: 2 ** 20, journalBytes: 64 * 2 ** 20 });
  let number = 0;
  const body = () => toProtobuf(tracesRequest(Array.from({ length: SPANS }, () => chatSpan(++number))));
  const agent = new http.Agent({ keepAlive: true, maxSockets: connections });
  const statuses: Record<string, number> = {};
  const took: number[] = [];
  let peakMib = 0;
  const send = async (bytes: Buffer): Promise<number> => {
    const began = performance.now();
    const status = await post(`${life.url}/v1/traces`, bytes, agent);
    statuses[status] = (statuses[status] ?? 0) + 1;
    if (status === '200') took.push(performance.now() - began);
    return performance.now() - began;
  };
  try {
    const aloneUntil = Date.now() + 3000;
    while (Date.now() < aloneUntil) await send(body());
    const aloneGoodput = took.length / 3;
    const quickMs = 2 * (took.toSorted((a, b) => a - b)[Math.floor(took.length * 0.9)] ?? 0);
    took.length = 0;
    const end = Date.now() + seconds * 1000;
    const bodies = Array.from({ length: 200 }, body);
    const watch = setInterval(() => (peakMib = Math.max(peakMib, residentMib(life.pid))), 100);
    await Promise.all(
      Array.from({ length: connections }, async (_, connection) => {
        for (let at = connection; Date.now() < end; at += connections) await send(bodies[at % bodies.length] ?? body());
      }),
    );
    const goodput = took.length / seconds;
    const acceptedP99Ms = took.toSorted((a, b) => a - b)[Math.floor(took.length * 0.99)] ?? 0;
    report?.(`${connections} connections: ${JSON.stringify(statuses)}`);
    const over = Date.now();
    for (let quick = 0; quick < 5; await sleep(20)) quick = (await send(body())) <= quickMs ? quick + 1 : 0;
    clearInterval(watch);
    return { statuses, aloneGoodput, goodput, acceptedP99Ms, backToNormalMs: Date.now() - over, peakMib };
  } finally {
    agent.destroy();
    await life.kill('everything');
    await rm(dataDir, { recursive: true, force: true, maxRetries: 5 });
  }
}

function post(url: string, body: Buffer, agent: http.Agent): Promise<string> {
  return new Promise((resolve) => {
    const headers = { 'content-type': 'application/x-protobuf', 'content-length': body.length };
    const request = http.request(url, { method: 'POST', agent, headers }, (response) => {
      response.resume().once('end', () => resolve(`${response.statusCode}`));
    });
    request.once('error', (error) => resolve(error.message)).end(body);
  });
}
