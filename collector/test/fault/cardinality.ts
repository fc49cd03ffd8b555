import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Books } from '../../src/index.ts';
import { chatSpan, type Json, text, toProtobuf, tracesRequest } from '../otlp/messages.ts';
import { begin } from './life.ts';
import { residentMib } from './resident-memory.ts';

export interface CardinalityResult {
  readonly spans: number;
  readonly statuses: Readonly<Record<string, number>>;
  readonly books: Books;
  /** Of the collector, at a tenth of the way and at the end. */
  readonly earlyMib: number;
  readonly lateMib: number;
}

const SPANS_PER_REQUEST = 256;

/** Every span has a model, a user, a tag key and a service of its own. */
export async function runCardinality(spans: number, report?: (line: string) => void): Promise<CardinalityResult> {
  const dataDir = await mkdtemp(join(tmpdir(), 'cardinality-'));
  const life = await begin(dataDir, 0, { segmentMs: 1000 });
  const statuses: Record<string, number> = {};
  const booksNow = async () => (await (await fetch(`${life.url}/v1/books`)).json()) as Books;
  let earlyMib = 0;
  try {
    for (let sent = 0; sent < spans; sent += SPANS_PER_REQUEST) {
      const body = toProtobuf(
        tracesRequest(
          Array.from({ length: SPANS_PER_REQUEST }, (_, index) => unlike(sent + index + 1)),
          `service-${sent}`,
        ),
      );
      for (let status = 0; status !== 200;) {
        const headers = { 'content-type': 'application/x-protobuf' };
        const response = await fetch(`${life.url}/v1/traces`, { method: 'POST', headers, body: new Uint8Array(body) });
        await response.arrayBuffer();
        status = response.status;
        statuses[status] = (statuses[status] ?? 0) + 1;
        if (status !== 200) await sleep(100);
      }
      if (sent <= spans / 10) earlyMib = Math.max(earlyMib, residentMib(life.pid));
      if (sent % (SPANS_PER_REQUEST * 400) === 0) report?.(`${sent} spans, ${Math.round(residentMib(life.pid))} MiB`);
    }
    while ((await booksNow()).waiting > 0) await sleep(200);
    return { spans, statuses, books: await booksNow(), earlyMib, lateMib: residentMib(life.pid) };
  } finally {
    await life.kill('everything');
    await rm(dataDir, { recursive: true, force: true, maxRetries: 5 });
  }
}

function unlike(number: number): Json {
  const began = BigInt(Date.now()) * 1_000_000n;
  const attributes = [
    text('gen_ai.operation.name', 'chat'),
    text('gen_ai.provider.name', 'openai'),
    text('gen_ai.response.model', `model-${number}`),
    text('user.id', `user-${number}`),
    text(`tag-${number}`, `value-${number}`),
    { key: 'gen_ai.usage.input_tokens', value: { intValue: 1000 } },
  ];
  return { ...chatSpan(number), startTimeUnixNano: String(began), endTimeUnixNano: String(began + 1_000_000n), attributes };
}
