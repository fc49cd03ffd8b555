import type { TenantReader } from '@tokenledger/ledger';

/** Panels of one dashboard ask the same within a moment; what is past hardly changes. */
const FRESH_MS = 2000;
const PAST_MS = 30_000;
/** A range that ends so long ago is past. */
const SETTLED_MS = 3_600_000;
const MOST_ANSWERS = 500;

type Method = keyof TenantReader;

interface Answer {
  readonly promise: Promise<unknown>;
  readonly untilMs: number;
}

/**
 * A reader that asks the ledger once for questions that are asked again at once, also while the first is still being answered. What
 * failed is not kept. One for each tenant: answers are never shared between tenants.
 */
export function cachedReader(reader: TenantReader, now: () => number = Date.now): TenantReader {
  const answers = new Map<string, Answer>();

  function ask(method: Method, parameters: readonly unknown[]): Promise<unknown> {
    const key = JSON.stringify([method, ...parameters]);
    const nowMs = now();
    const kept = answers.get(key);
    if (kept && kept.untilMs > nowMs) return kept.promise;
    const promise = (reader[method] as (...asked: readonly unknown[]) => Promise<unknown>)(...parameters);
    answers.delete(key);
    answers.set(key, { promise, untilMs: nowMs + keptFor(parameters, nowMs) });
    promise.catch(() => answers.delete(key));
    // Oldest first, as a Map keeps them.
    for (const oldest of answers.keys()) {
      if (answers.size <= MOST_ANSWERS) break;
      answers.delete(oldest);
    }
    return promise;
  }

  const cached = Object.keys(reader).map((name) => [name, (...parameters: readonly unknown[]) => ask(name as Method, parameters)]);
  return Object.fromEntries(cached) as TenantReader;
}

function keptFor([query]: readonly unknown[], nowMs: number): number {
  const to = typeof query === 'object' && query !== null && 'to' in query ? Number(query.to) : nowMs;
  return to < nowMs - SETTLED_MS ? PAST_MS : FRESH_MS;
}

const MOST_TENANTS = 1000;

/** Readers by tenant, the ones that were asked for last. */
export function cachedReaders(forTenant: (tenant: string) => TenantReader): (tenant: string) => TenantReader {
  const readers = new Map<string, TenantReader>();
  return (tenant) => {
    const reader = readers.get(tenant) ?? cachedReader(forTenant(tenant));
    readers.delete(tenant);
    readers.set(tenant, reader);
    for (const oldest of readers.keys()) {
      if (readers.size <= MOST_TENANTS) break;
      readers.delete(oldest);
    }
    return reader;
  };
}
