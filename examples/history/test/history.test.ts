import type { LedgerEntry, StepRow } from '@tokenledger/model';
import { createPriceBook } from '@tokenledger/pricing';
import { describe, expect, test } from 'vitest';
import { history, historyPriceLists, loadHistory, storyUntil } from '../src/index.ts';

const END_MS = Date.UTC(2026, 10, 25, 14, 30);
const OPTIONS = { endMs: END_MS, scale: 0.02 } as const;
const HOUR_MS = 3_600_000;

async function load() {
  const entries: LedgerEntry[] = [];
  const steps: StepRow[] = [];
  const ledger = {
    write: async (batch: { readonly entries: readonly LedgerEntry[]; readonly steps: readonly StepRow[] }) => {
      entries.push(...batch.entries);
      steps.push(...batch.steps);
    },
  };
  const priceBook = createPriceBook({ lists: historyPriceLists(END_MS) });
  await loadHistory({ ...OPTIONS, ledger, priceBook, token: 'test' });
  return { entries, steps, priceBook };
}

const { entries, steps, priceBook } = await load();
const calls = entries.map(({ call }) => call);
const costOf = (within: { readonly fromMs: number; readonly toMs: number }, feature: string) =>
  calls
    .filter((call) => call.feature === feature && call.timeMs >= within.fromMs && call.timeMs < within.toMs)
    .reduce((sum, { cost }) => sum + Number(cost ?? 0n) / 1e12, 0);

describe('the history', () => {
  test('is the same for the same options', () => {
    const once = [...history({ ...OPTIONS, days: 2 })].flat();
    const again = [...history({ ...OPTIONS, days: 2 })].flat();
    expect(again).toEqual(once);
    expect([...history({ ...OPTIONS, days: 2, seed: 2 })].flat()).not.toEqual(once);
  });

  test('ends where it is told to', () => {
    const newest = Math.max(...calls.map(({ timeMs, durationMs }) => timeMs + durationMs));
    expect(newest).toBeLessThan(END_MS);
    expect(newest).toBeGreaterThan(END_MS - HOUR_MS);
  });

  test('has no call twice', () => {
    expect(new Set(calls.map(({ traceId, spanId }) => `${traceId}/${spanId}`)).size).toBe(calls.length);
    expect(entries.every(({ version }) => version === 0)).toBe(true);
  });

  test('costs what the price book says', () => {
    for (const { provider, model, timeMs: at, serviceTier, region, usage, billable, reportedCost, cost } of calls) {
      if (billable && reportedCost === undefined) {
        expect(cost).toBe(priceBook.price({ provider, model, at, serviceTier, region, usage }).cost);
      }
    }
  });

  test('leaves nothing unpriced but the one model that has no price', () => {
    expect(new Set(calls.filter(({ cost }) => cost === null).map(({ model }) => model))).toEqual(new Set(['ft:acme-tone-v2']));
  });

  test('has every kind of call that dashboards tell apart', () => {
    for (const service of ['claude-code', 'codex', 'gemini-cli']) expect(calls.some((call) => call.service === service)).toBe(true);
    expect(new Set(calls.map(({ operation }) => operation))).toEqual(
      new Set(['chat', 'embeddings', 'generate_content', 'image_generation']),
    );
    const meters = new Set(calls.flatMap(({ usage }) => Object.keys(usage)));
    for (const meter of ['cache_read', 'cache_write_5m', 'cache_write', 'reasoning', 'audio_input', 'audio_output', 'image_output']) {
      expect(meters).toContain(meter);
    }
    expect(new Set(calls.map(({ priceStatus }) => priceStatus))).toContain('contract');
    expect(calls.some(({ estimated }) => estimated)).toBe(true);
    expect(calls.some(({ errorType }) => errorType === 'AbortError')).toBe(true);
    expect(calls.some(({ status, billable }) => status === 'error' && !billable)).toBe(true);
    expect(calls.some(({ team, service }) => team === undefined && service === 'legacy-jobs')).toBe(true);
  });

  test('has runs that are trees', () => {
    const known = new Set([...steps.map(({ step }) => step.spanId), ...calls.map(({ spanId }) => spanId)]);
    const orphans = [...steps.map(({ step }) => step), ...calls].filter(({ parentSpanId }) => parentSpanId && !known.has(parentSpanId));
    // Only runs that are still under way have spans whose parent is not over.
    expect(orphans.every(({ timeMs }) => timeMs > END_MS - 2 * HOUR_MS)).toBe(true);
    expect(new Set(steps.map(({ step }) => step.kind))).toContain('tool');
    expect(steps.some(({ step }) => step.name.startsWith('outcome '))).toBe(true);
  });
});

describe('the story', () => {
  const story = storyUntil(END_MS);
  const before = ({ fromMs, toMs }: { fromMs: number; toMs: number }) => ({
    fromMs: fromMs - 7 * 24 * HOUR_MS,
    toMs: toMs - 7 * 24 * HOUR_MS,
  });

  test('has a runaway agent that costs many times the same hours of the week before', () => {
    expect(costOf(story.runaway, 'market-research')).toBeGreaterThan(20);
    expect(costOf(story.runaway, 'market-research')).toBeGreaterThan(10 * costOf(before(story.runaway), 'market-research'));
  });

  test('reads nothing from the cache while the prompt of code reviews begins differently', () => {
    const reviews = calls.filter(
      ({ feature, billable, timeMs }) =>
        feature === 'code-review' && billable && timeMs >= story.cacheRegression.fromMs && timeMs < story.cacheRegression.toMs,
    );
    expect(reviews.length).toBeGreaterThan(0);
    expect(reviews.every(({ usage }) => (usage.cache_read ?? 0) === 0)).toBe(true);
  });

  test('has a price change', () => {
    const ours = calls.filter(({ provider, model, billable }) => provider === 'anthropic' && model === 'claude-opus-4-6' && billable);
    expect(ours.filter(({ priceStatus }) => priceStatus === 'contract').every(({ timeMs }) => timeMs >= story.priceChangeMs)).toBe(true);
    expect(ours.some(({ priceStatus }) => priceStatus === 'exact')).toBe(true);
  });
});
