import { alertRoutes, type AlertRoutesOptions } from '@tokenledger/alerts';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openLedger, startEngine, type Ledger } from '@tokenledger/ledger';
import { createKeyRing, generateApiKey, type Call, type KeyRing, type KeyScope, type LedgerEntry, type Step } from '@tokenledger/model';
import { createPriceBook } from '@tokenledger/pricing';
import { startQueryApi, type QueryApi, type QueryApiOptions } from '../src/index.ts';

export interface TestApi extends QueryApi {
  readonly ledger: Ledger;
  readonly stop: () => Promise<void>;
}

/** The real API over a real engine in a directory of its own. Without a key ring no key is asked for. */
export async function startTestApi(options: Partial<QueryApiOptions> = {}): Promise<TestApi> {
  const dir = await mkdtemp(join(tmpdir(), 'query-api-test-'));
  const engine = await startEngine({ dataDir: join(dir, 'data') });
  const ledger = openLedger(engine);
  await ledger.migrate();
  const api = await startQueryApi(optionsWith({ ledger, ...options }));
  return {
    ...api,
    ledger,
    stop: async () => {
      await api.stop();
      await ledger.close();
      await engine.stop();
      await rm(dir, { recursive: true });
    },
  };
}

const priceBook = createPriceBook();

/** Everything the API is handed, with a ledger that must not be asked unless one is given. */
export function optionsWith(options: Partial<QueryApiOptions>): QueryApiOptions {
  return {
    ledger: silentLedger,
    priceBook,
    keys: createKeyRing([]),
    books: () => ({ received: 3, recovered: 0, stored: 2, duplicate: 1, rejected: {}, dropped: {}, waiting: 0, balanced: true }),
    metrics: () => '# TYPE tokenledger_spans_received_total counter\ntokenledger_spans_received_total 3\n',
    host: '127.0.0.1',
    port: 0,
    // Tests ask faster than people do.
    rateLimitPerSecond: 100_000,
    ...options,
  };
}

const silentAlerts: AlertRoutesOptions['alerts'] = {
  forTenant: () => {
    throw new TypeError('this test has no alerts');
  },
  progress: () => ({ rounds: 0, failures: 0 }),
};
/** The routes of alerts, under the roof of the API as `up` puts them there. */
export const alertPlugins: QueryApiOptions['plugins'] = [async (app) => app.register(alertRoutes, { alerts: silentAlerts })];

const silentLedger: QueryApiOptions['ledger'] = {
  forTenant: () => {
    throw new TypeError('this test has no ledger');
  },
  ping: async () => {},
};

export interface Keys {
  readonly ring: KeyRing;
  readonly keyOf: (tenant: string, scope: KeyScope) => string;
}

/** A key of every scope for each tenant. */
export function keysFor(tenants: readonly string[]): Keys {
  const scopes = ['ingest', 'query', 'admin'] as const;
  const made = tenants.flatMap((tenant) => scopes.map((scope) => ({ tenant, scope, ...generateApiKey(scope, tenant) })));
  return {
    ring: createKeyRing(made.map(({ stored }) => stored)),
    keyOf: (tenant, scope) => made.find((key) => key.tenant === tenant && key.scope === scope)?.key ?? '',
  };
}

export const bearer = (key: string) => ({ authorization: `Bearer ${key}` });

let next = 1;
const hexId = (digits: number) => (next++).toString(16).padStart(digits, 'a');

/** A chat call of 0.0035 USD. */
export function callOf(facts: Partial<Call> = {}): Call {
  return {
    traceId: hexId(32),
    spanId: hexId(16),
    name: 'chat gpt-4o',
    timeMs: Date.now() - 3_600_000,
    durationMs: 812.5,
    ttftMs: 120,
    status: 'ok',
    team: 'search',
    provider: 'openai',
    operation: 'chat',
    model: 'gpt-4o',
    usage: { input_uncached: 1000, output_text: 100 },
    charges: [
      { meter: 'input_uncached', quantity: 1000, unitPriceUsd: '0.0000025', amount: 2_500_000_000n, priceId: 'gpt-4o', source: 'test' },
      { meter: 'output_text', quantity: 100, unitPriceUsd: '0.00001', amount: 1_000_000_000n, priceId: 'gpt-4o', source: 'test' },
    ],
    cost: 3_500_000_000n,
    priceStatus: 'exact',
    billable: true,
    estimated: false,
    semantics: { profile: 'test', confidence: 'certain', flags: [] },
    rawUsage: { 'gen_ai.usage.input_tokens': 1000 },
    evidence: '{"attributes":{}}',
    ...facts,
  };
}

export function entryOf(facts: Partial<Call> = {}, tenant = 'default'): LedgerEntry {
  const call = callOf(facts);
  const { status, usage, charges, cost } = call;
  const requests = { requests: 1, errors: status === 'error' ? 1 : 0 };
  const counted = { calls: 1, unpricedCalls: cost === null ? 1 : 0, ...requests, usage, charges, cost: cost ?? 0n };
  return { tenant, version: 0, reason: 'call', call, delta: counted };
}

export function stepOf(facts: Partial<Step> = {}): Step {
  return {
    traceId: hexId(32),
    spanId: hexId(16),
    name: 'agent',
    timeMs: Date.now() - 3_600_000,
    durationMs: 900,
    status: 'ok',
    kind: 'agent',
    attributes: {},
    evidence: '{}',
    ...facts,
  };
}
