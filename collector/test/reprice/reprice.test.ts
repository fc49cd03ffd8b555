import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Engine, type Ledger, openLedger, startEngine } from '@tokenledger/ledger';
import { createKeyRing, generateApiKey, type RepriceRequest } from '@tokenledger/model';
import { createPriceBook } from '@tokenledger/pricing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Collector } from '../../src/index.ts';
import { chatSpan, int, type Json, text, toProtobuf, tracesRequest } from '../otlp/messages.ts';
import { post, start, until } from '../start.ts';
import { askEngine } from './ask-engine.ts';
import { ACME_MODEL, bookWith, HALF_PRICE, replaceable } from './book.ts';

let directory: string;
let engine: Engine;
let ledger: Ledger;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'reprice-'));
  engine = await startEngine({ dataDir: join(directory, 'clickhouse') });
  ledger = openLedger(engine);
  await ledger.migrate();
});
afterAll(async () => {
  await ledger?.close();
  await engine?.stop();
  await rm(directory, { recursive: true, force: true });
});

const HOUR_MS = 3_600_000;
const thisHour = Math.floor(Date.now() / HOUR_MS) * HOUR_MS;
let hours = 60;
/** An hour of its own for each test. */
const nextPeriod = () => {
  const fromMs = thisHour - hours * HOUR_MS;
  hours -= 3;
  return { fromMs, toMs: fromMs + HOUR_MS };
};

let number = 0;
function spanAt(timeMs: number, extra: readonly Json[] = []): Json {
  const span = chatSpan(++number, extra);
  return { ...span, startTimeUnixNano: `${timeMs}000000`, endTimeUnixNano: `${timeMs + 1500}000000` };
}

const owners = ['acme', 'globex'].map((tenant) => ({ tenant, ...generateApiKey('ingest', tenant) }));
const keys = createKeyRing(owners.map(({ stored }) => stored));

async function send(collector: Collector, tenant: string, spans: readonly Json[]): Promise<void> {
  const key = owners.find((owner) => owner.tenant === tenant)?.key ?? '';
  expect((await post(`${collector.url}/v1/traces`, toProtobuf(tracesRequest(spans)), { authorization: `Bearer ${key}` })).status).toBe(200);
  await until(async () => (await collector.books()).waiting === 0);
}

const reprice = (collector: Collector, period: { fromMs: number; toMs: number }, request: Partial<RepriceRequest> = {}) =>
  collector.repricer.start({ ...period, dryRun: false, ...request }).finished;

async function costOf(tenant: string, { fromMs, toMs }: { fromMs: number; toMs: number }) {
  const { rows } = await ledger.forTenant(tenant).spend({ from: fromMs, to: toMs, measures: ['cost', 'calls', 'unpriced_calls'] });
  return rows[0]?.measures;
}

async function rowsOf(table: string): Promise<number> {
  const [row] = await askEngine<{ rows: number }>(engine, `SELECT count() AS rows FROM ${table}`);
  return Number(row?.rows);
}

async function expectNoDrift({ fromMs, toMs }: { fromMs: number; toMs: number }): Promise<void> {
  const day = 24 * HOUR_MS;
  expect((await ledger.reconcile({ fromMs: fromMs - day, toMs: toMs + day, quietMs: -1000 })).drift).toEqual([]);
}

// 1000 + n input tokens at 2.5 USD and 10 output tokens at 10 USD a million.
const priceOfSpan = (n: number) => BigInt(1000 + n) * 2_500_000n + 10n * 10_000_000n;

test('re-pricing adds the exact difference, tenant by tenant; rollups follow; a second run adds nothing', async () => {
  const period = nextPeriod();
  const priceBook = replaceable(createPriceBook());
  const collector = await start({ ledger, priceBook, keys });
  await send(collector, 'acme', [spanAt(period.fromMs + 1000), spanAt(period.fromMs + 2000)]);
  const acme = priceOfSpan(number) + priceOfSpan(number - 1);
  await send(collector, 'globex', [spanAt(period.fromMs + 1000)]);
  const globex = priceOfSpan(number);
  await send(collector, 'globex', [spanAt(period.toMs)]);

  priceBook.replace(bookWith(HALF_PRICE));
  const status = await reprice(collector, period);
  const model = 'gpt-4o-2024-08-06';
  expect(status).toMatchObject({ state: 'done', callsSeen: 3 });
  expect(status.differences).toEqual([
    { tenant: 'acme', model, calls: 2, newlyPriced: 0, newlyUnpriced: 0, before: acme, after: acme / 2n },
    { tenant: 'globex', model, calls: 1, newlyPriced: 0, newlyUnpriced: 0, before: globex, after: globex / 2n },
  ]);
  expect(await costOf('acme', period)).toMatchObject({ cost: acme / 2n, calls: 2 });
  expect(await costOf('globex', period)).toMatchObject({ cost: globex / 2n, calls: 1 });
  const byStatus = await ledger
    .forTenant('acme')
    .spend({ from: period.fromMs, to: period.toMs, groupBy: ['price_status'], measures: ['calls'] });
  expect(byStatus.rows.filter(({ measures }) => measures['calls'] !== 0).map(({ dimensions }) => dimensions.price_status)).toEqual([
    'contract',
  ]);
  await expectNoDrift(period);

  const before = await rowsOf('calls');
  expect((await reprice(collector, period)).differences).toEqual([]);
  expect(await rowsOf('calls')).toBe(before);
});

test('a dry run tells the same difference and writes nothing', async () => {
  const period = nextPeriod();
  const priceBook = replaceable(createPriceBook());
  const collector = await start({ ledger, priceBook, keys });
  await send(collector, 'acme', [spanAt(period.fromMs)]);
  const cost = priceOfSpan(number);
  priceBook.replace(bookWith(HALF_PRICE));
  const before = await rowsOf('calls');
  const dry = await reprice(collector, period, { dryRun: true });
  expect(dry.differences).toMatchObject([{ tenant: 'acme', before: cost, after: cost / 2n }]);
  expect(await rowsOf('calls')).toBe(before);
  expect(await costOf('acme', period)).toMatchObject({ cost });
  expect((await reprice(collector, period)).differences).toEqual(dry.differences);
});

test('calls without a price get one when the operator says it, and lose it when he takes it back', async () => {
  const period = nextPeriod();
  const priceBook = replaceable(createPriceBook());
  const collector = await start({ ledger, priceBook, keys });
  const named = [text('gen_ai.provider.name', 'acme'), text('gen_ai.request.model', 'legal-7b'), text('gen_ai.response.model', 'legal-7b')];
  const span = (extra: readonly Json[]) => {
    const made = spanAt(period.fromMs);
    const own = (made['attributes'] as { key: string }[]).filter(({ key }) => !/provider|model/.test(key));
    return { ...made, attributes: [...own, ...named, ...extra] };
  };
  await send(collector, 'acme', [span([])]);
  const cost = BigInt(1000 + number) * 2_000_000n + 10n * 6_000_000n;
  expect(await costOf('acme', period)).toMatchObject({ calls: 1, unpriced_calls: 1 });
  priceBook.replace(bookWith(ACME_MODEL));
  const status = await reprice(collector, period);
  expect(status.differences).toEqual([
    { tenant: 'acme', model: 'legal-7b', calls: 1, newlyPriced: 1, newlyUnpriced: 0, before: 0n, after: cost },
  ]);
  expect(await costOf('acme', period)).toMatchObject({ cost, calls: 1, unpriced_calls: 0 });
  priceBook.replace(createPriceBook());
  expect((await reprice(collector, period)).differences).toMatchObject([{ newlyUnpriced: 1, before: cost, after: 0n }]);
  expect(await costOf('acme', period)).toMatchObject({ calls: 1, unpriced_calls: 1 });
  await expectNoDrift(period);
});

test('a span that comes after re-pricing corrects what is there now', async () => {
  const period = nextPeriod();
  const priceBook = replaceable(createPriceBook());
  const collector = await start({ ledger, priceBook, keys });
  const wrapper = spanAt(period.fromMs + 1000);
  await send(collector, 'acme', [wrapper]);
  priceBook.replace(bookWith(HALF_PRICE));
  await reprice(collector, period);
  const inner = { ...wrapper, spanId: 'abcdefabcdefabcd', parentSpanId: wrapper['spanId'] };
  await send(collector, 'acme', [inner]);
  expect(await costOf('acme', period)).toMatchObject({ cost: priceOfSpan(number) / 2n, calls: 1 });
  await expectNoDrift(period);
});

test('spans that arrive while re-pricing runs are neither lost nor doubled', async () => {
  const period = nextPeriod();
  const priceBook = replaceable(createPriceBook());
  const collector = await start({ ledger, priceBook, keys, limits: { segmentMs: 5 } });
  const first = Array.from({ length: 600 }, (_, at) => spanAt(period.fromMs + at));
  await send(collector, 'acme', first);
  priceBook.replace(bookWith(HALF_PRICE));
  const running = reprice(collector, period, { tenant: 'acme' });
  // The same calls again, each with a child that turns it into a wrapper: corrections of what is being re-priced.
  const children = first.map((span, at) => ({ ...span, spanId: (at + 1).toString(16).padStart(16, 'd'), parentSpanId: span['spanId'] }));
  for (let at = 0; at < children.length; at += 200) await send(collector, 'acme', children.slice(at, at + 200));
  await running;
  await reprice(collector, period, { tenant: 'acme' });
  const total = first.reduce((sum, _, at) => sum + priceOfSpan(number - first.length + 1 + at) / 2n, 0n);
  expect(await costOf('acme', period)).toMatchObject({ cost: total, calls: 600 });
  await expectNoDrift(period);
}, 60_000);

test('a usage that nobody sent stays without a price', async () => {
  const period = nextPeriod();
  const collector = await start({ ledger, priceBook: createPriceBook(), keys });
  const span = spanAt(period.fromMs);
  const attributes = (span['attributes'] as { key: string }[]).filter(({ key }) => !key.includes('usage'));
  await send(collector, 'acme', [{ ...span, attributes: [...attributes, int('gen_ai.request.max_tokens', 5)] }]);
  expect((await reprice(collector, period)).differences).toEqual([]);
  expect(await costOf('acme', period)).toMatchObject({ calls: 1, unpriced_calls: 1 });
});
