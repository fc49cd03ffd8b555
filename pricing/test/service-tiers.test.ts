import { readFileSync } from 'node:fs';
import { parseUsd, type Usage } from '@tokenledger/model';
import { describe, expect, test } from 'vitest';
import { createPriceBook } from '../src/index.ts';

interface PublishedTier {
  readonly provider: string;
  readonly model: string;
  readonly tier: string;
  readonly usd_per_million: Readonly<Record<string, string>>;
  readonly long?: { readonly above: number; readonly rates: Readonly<Record<string, string>> };
}
const { rows } = JSON.parse(readFileSync(new URL('fixtures/service-tiers.json', import.meta.url), 'utf8')) as {
  rows: readonly PublishedTier[];
};
const book = createPriceBook();
const at = Date.parse('2026-11-20T12:00:00Z');

/** USD per million of one meter, with so much other input. */
function rateOf(row: PublishedTier, meter: string, size: number): string | undefined {
  const usage: Usage = meter === 'input_uncached' ? { input_uncached: size } : { input_uncached: size, [meter]: 1 };
  const { charges } = book.price({ provider: row.provider, model: row.model, at, serviceTier: row.tier, usage });
  return charges.find((charge) => charge.meter === meter)?.unitPriceUsd;
}

/** Decimal text as an integer, so that `0.50` and `0.5` are equal. */
const exact = (usd: string | undefined): bigint | undefined => {
  const [whole = '', fraction = ''] = usd?.split('.') ?? [];
  return usd === undefined ? undefined : BigInt(whole + fraction.padEnd(24, '0'));
};

test.each(rows.map((row) => [`${row.provider} ${row.model} ${row.tier}`, row] as const))('published tier prices: %s', (_, row) => {
  for (const [meter, usd] of Object.entries(row.usd_per_million)) {
    expect(exact(rateOf(row, meter, 1_000)), meter).toBe(exact(usd)! / 1_000_000n);
  }
  for (const [meter, usd] of Object.entries(row.long?.rates ?? {})) {
    expect(exact(rateOf(row, meter, (row.long?.above ?? 0) + 1)), `${meter} long`).toBe(exact(usd)! / 1_000_000n);
  }
});

describe('tiers', () => {
  const usd = (request: { provider: string; model: string; tier?: string; usage: Usage; at?: number }) => {
    const { provider, model, usage } = request;
    return book.price({ provider, model, usage, serviceTier: request.tier, at: request.at ?? Date.parse('2026-07-01T12:00:00Z') });
  };
  const million = { input_uncached: 1_000_000, output_text: 1_000_000 };

  test('a tier the model is not sold in is unpriced, never the standard price', () => {
    const result = usd({ provider: 'openai', model: 'gpt-4o', tier: 'flex', usage: million });
    expect(result).toMatchObject({ status: 'unpriced', cost: null });
    expect(result.reason).toBe('no flex price for input_uncached, output_text of openai model "gpt-4o"');
    for (const [provider, model, tier] of [
      ['openai', 'gpt-5', 'ultrafast'],
      ['openai', 'gpt-5', 'provisioned'],
      ['anthropic', 'claude-opus-4-6', 'priority'],
      ['azure', 'gpt-5', 'flex'],
      ['google', 'gemini-1.5-pro', 'priority'],
    ] as const) {
      expect(usd({ provider, model, tier, usage: million }).status, `${provider} ${tier}`).toBe('unpriced');
    }
  });

  test('batch halves tokens and leaves search fees alone', () => {
    const result = usd({
      provider: 'anthropic',
      model: 'claude-sonnet-4-5',
      tier: 'batch',
      usage: { output_text: 1_000, web_searches: 3 },
    });
    expect(result.cost).toBe(parseUsd('0.0375'));
  });

  test('a discount follows the standard price through its history', () => {
    const flex = (when: string) =>
      usd({ provider: 'openai', model: 'gpt-5.6-luna', tier: 'flex', usage: { input_uncached: 100_000 }, at: Date.parse(when) }).cost;
    expect([flex('2026-07-29'), flex('2026-07-30')]).toEqual([parseUsd('0.05'), parseUsd('0.01')]);
  });

  test('the older models have no cached price in batch: such tokens cost the batch input price', () => {
    const result = usd({ provider: 'openai', model: 'gpt-4.1', tier: 'batch', usage: { cache_read: 1_000_000 } });
    expect(result.cost).toBe(parseUsd('1'));
  });

  test.each([
    ['anthropic', 'claude-opus-4-6', 'fast', '180'],
    ['anthropic', 'claude-opus-4-8', 'fast', '60'],
    ['openai', 'gpt-4.1', 'priority', '17.5'],
    ['openai', 'gpt-4.1-nano', 'priority', '1'],
    ['openai', 'gpt-4o', 'priority', '21.25'],
    ['openai', 'gpt-4o-mini', 'priority', '1.25'],
    ['openai', 'o3', 'priority', '17.5'],
    ['openai', 'o4-mini', 'priority', '10'],
    ['google', 'gemini-3-flash-preview', 'priority', '6.3'],
    ['vertex_ai', 'claude-opus-4-6', 'batch', '15'],
    ['bedrock', 'global.anthropic.claude-opus-4-6-v1', 'batch', '15'],
    ['bedrock', 'openai.gpt-oss-120b-1:0', 'priority', '1.3125'],
    ['bedrock', 'openai.gpt-oss-120b-1:0', 'flex', '0.375'],
    ['azure', 'gpt-4o-mini', 'batch', '0.375'],
    ['groq', 'llama-3.3-70b-versatile', 'flex', '1.38'],
    ['mistral', 'mistral-large-2512', 'batch', '1'],
  ])('%s %s %s', (provider, model, tier, expected) => {
    const result = usd({ provider, model, tier, usage: million });
    expect(result.cost).toBe(expected === null ? null : parseUsd(expected));
  });
});

describe('cache writes', () => {
  const cost = (provider: string, model: string, usage: Usage) => book.price({ provider, model, at: Date.parse('2026-07-01'), usage });
  test('for an hour cost twice the input, wherever Claude is sold', () => {
    for (const [provider, model] of [
      ['anthropic', 'claude-opus-4-6'],
      ['bedrock', 'global.anthropic.claude-opus-4-6-v1'],
      ['vertex_ai', 'claude-opus-4-6'],
      ['vertex_ai', 'claude-opus-4-1'],
      ['openrouter', 'anthropic/claude-opus-4.6'],
    ] as const) {
      const input = cost(provider, model, { input_uncached: 1_000 }).cost ?? -1n;
      expect(cost(provider, model, { cache_write_1h: 1_000 }).cost, provider).toBe(input * 2n);
    }
  });
  test('of unknown length are priced as five minutes and marked as estimated', () => {
    expect(cost('anthropic', 'claude-opus-4-6', { cache_write: 1_000_000 })).toMatchObject({ status: 'estimated', cost: parseUsd('6.25') });
  });
  test('have one price where there is only one kind', () => {
    expect(cost('openai', 'gpt-5.6-sol', { cache_write: 100_000 })).toMatchObject({ status: 'exact', cost: parseUsd('0.625') });
    expect(cost('openai', 'gpt-5', { cache_write: 1_000_000 }).cost).toBe(parseUsd('1.25'));
  });
});
