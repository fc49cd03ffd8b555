import { calcPrice, waitForUpdate } from '@pydantic/genai-prices';
import { expect, test } from 'vitest';
import { createPriceBook } from '../src/index.ts';
import { decimalText, fromGenaiPrices, type GenaiProvider } from '../src/genai-prices.ts';

const at = new Date('2026-09-23T12:00:00Z');
const providers = (await waitForUpdate()) as readonly GenaiProvider[];
const book = createPriceBook({ builtIn: [fromGenaiPrices(providers, { version: 'test', asOf: '2026-09-23' })] });

/** What our reading of the list changes on purpose. */
const ON_PURPOSE: readonly (readonly [RegExp, string])[] = [
  [/^openai\/gpt-oss-/, 'open weights that OpenAI does not sell'],
  [/^cerebras\/qwen-3-coder-480b$|Apriel|lyria|^openrouter\/.*:extended$/, 'listed without a price, which is not free'],
  [/^deepseek\/|^perplexity\/|^groq\/whisper/, 'hours, request fees and minimums that upstream computes in code'],
];

test('every model of genai-prices costs what genai-prices says, through our cards', () => {
  const wrong: string[] = [];
  let compared = 0;
  for (const provider of providers) {
    for (const { id } of provider.models) {
      const name = `${provider.id}/${id}`;
      if (ON_PURPOSE.some(([pattern]) => pattern.test(name))) continue;
      const theirs = calcPrice({ input_tokens: 150_000, output_tokens: 1_000, cache_read_tokens: 50_000 }, id, {
        providerId: provider.id,
        timestamp: at,
      });
      if (theirs?.model.id !== id) continue;
      const { cost, charges } = book.price({
        provider: provider.id,
        model: id,
        at: at.getTime(),
        usage: { input_uncached: 100_000, cache_read: 50_000, output_text: 1_000 },
      });
      // Upstream skips what it has no price for; we leave such a call unpriced and list the rest.
      const ours = Number(cost ?? charges.reduce((total, { amount }) => total + amount, 0n)) / 1e12;
      const cached = charges.some(({ meter }) => meter === 'cache_read');
      const expected = cached ? theirs.total_price : theirs.total_price - (theirs.input_price * 50_000) / 150_000;
      compared++;
      if (Math.abs(ours - expected) > 1e-9 * Math.max(1, expected)) wrong.push(`${name}: theirs ${expected}, ours ${ours}`);
    }
  }
  expect(wrong).toEqual([]);
  expect(compared).toBeGreaterThan(1_400);
});

test('numbers become the shortest decimal that means them', () => {
  expect([1.25, 0.0028, 2.5e-7, 1e21, 10, 0.1 + 0.2, 6.5625].map(decimalText)).toEqual([
    '1.25',
    '0.0028',
    '0.00000025',
    '1000000000000000000000',
    '10',
    '0.30000000000000004',
    '6.5625',
  ]);
});
