import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openLedger, startEngine } from '@tokenledger/ledger';
import { createKeyRing, DEFAULT_TENANT } from '@tokenledger/model';
import type { Call, LedgerEntry, PicoUsd } from '@tokenledger/model';
import { createPriceBook } from '@tokenledger/pricing';
import { startQueryApi } from '@tokenledger/query-api';
import { viewerRoutes } from '../src/index.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Twice the range of the dashboards, so that there is something to compare with. */
const HISTORY_MS = 14 * DAY_MS;
const EVERY_MS = 2 * HOUR_MS;

const TEAMS = ['support', 'platform', 'search', undefined] as const;
const MODELS = [
  { provider: 'openai', model: 'gpt-5-2025-08-07', cost: 12_000_000_000n },
  { provider: 'anthropic', model: 'claude-sonnet-4-6', cost: 30_000_000_000n },
  { provider: 'openai', model: 'acme-tone-v2', cost: null },
] as const;

/** A query API over an engine of its own, with two weeks of calls: every team and model, failures, and a model without a price. */
export async function startSeededApi(): Promise<{ readonly url: string; readonly nowMs: number; stop(): Promise<void> }> {
  const dir = await mkdtemp(join(tmpdir(), 'grafana-contract-'));
  const engine = await startEngine({ dataDir: join(dir, 'clickhouse') });
  const ledger = openLedger(engine);
  await ledger.migrate();
  const nowMs = Date.now();
  await ledger.write({ token: 'seed', entries: seededEntries(nowMs), steps: [] });
  const api = await startQueryApi({
    ledger,
    priceBook: createPriceBook(),
    keys: createKeyRing([]),
    books: () => ({}),
    metrics: () => '',
    site: viewerRoutes(),
    host: '127.0.0.1',
    port: 0,
  });
  const stop = async () => {
    await api.stop();
    await ledger.close();
    await engine.stop();
    await rm(dir, { recursive: true });
  };
  return { url: api.url, nowMs, stop };
}

function seededEntries(nowMs: number): LedgerEntry[] {
  const count = Math.floor(HISTORY_MS / EVERY_MS);
  return Array.from({ length: count }, (_, index) => entryOf(seededCall(index, nowMs - (index + 1) * EVERY_MS)));
}

function seededCall(index: number, timeMs: number): Call {
  const { provider, model, cost } = MODELS[index % MODELS.length] ?? MODELS[0];
  const team = TEAMS[index % TEAMS.length];
  const failed = index % 11 === 0;
  return {
    traceId: randomBytes(16).toString('hex'),
    spanId: randomBytes(8).toString('hex'),
    name: `chat ${model}`,
    timeMs,
    durationMs: 300 + (index % 40) * 50,
    ttftMs: 120,
    status: failed ? 'error' : 'ok',
    ...(failed && { errorType: '429' }),
    service: 'shop',
    environment: 'production',
    ...(team && { team, feature: `${team}-chat`, customer: index % 2 ? 'acme' : 'globex' }),
    provider,
    operation: 'chat',
    model,
    usage: { input_uncached: 800, cache_read: 1200, output_text: 150, reasoning: 64 },
    charges: [],
    cost,
    priceStatus: cost === null ? 'unpriced' : 'exact',
    ...(cost === null && { unpricedReason: 'unknown_model' }),
    billable: true,
    estimated: false,
    semantics: { profile: 'test', confidence: 'certain', flags: [] },
    rawUsage: {},
    evidence: '{}',
  };
}

function entryOf(call: Call): LedgerEntry {
  const cost: PicoUsd = call.cost ?? 0n;
  const requests = { requests: 1, errors: call.status === 'error' ? 1 : 0 };
  const delta = { calls: 1, unpricedCalls: call.cost === null ? 1 : 0, ...requests, usage: call.usage, charges: call.charges, cost };
  return { tenant: DEFAULT_TENANT, version: 0, reason: 'call', call, delta };
}
