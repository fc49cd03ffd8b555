import { parseUsd, type Usage } from '@tokenledger/model';
import { describe, expect, test } from 'vitest';
import { createPriceBook, type ContextTier, type PriceList } from '../src/index.ts';

const book = createPriceBook();
const at = Date.parse('2026-07-01T12:00:00Z');

/** USD per million of the input rate that applies. */
const inputRate = (provider: string, model: string, usage: Usage, when = at): number =>
  Number(book.price({ provider, model, at: when, usage }).charges.find(({ meter }) => meter === 'input_uncached')?.unitPriceUsd) * 1e6;

describe('a context tier begins exactly at its boundary', () => {
  test.each([
    ['openai', 'gpt-5.4', 272_000, 2.5, 5],
    ['google', 'gemini-2.5-pro', 200_000, 1.25, 2.5],
    ['google', 'gemini-1.5-pro', 128_000, 1.25, 2.5],
    ['xai', 'grok-4-0709', 128_000, 3, 6],
    ['anthropic', 'claude-sonnet-4-5', 200_000, 3, 6],
    ['alibaba', 'qwen3-max', 32_000, 1.2, 2.4],
    ['alibaba', 'qwen3-max', 128_000, 2.4, 3],
    ['alibaba', 'qwen-flash', 256_000, 0.05, 0.25],
    ['dashscope', 'qwen3-coder-plus', 32_000, 1, 1.8],
    ['alibaba', 'qwen3-coder-plus', 256_000, 3, 6],
  ])('%s %s: more than %i', (provider, model, boundary, below, above) => {
    expect(inputRate(provider, model, { input_uncached: boundary })).toBeCloseTo(below, 9);
    expect(inputRate(provider, model, { input_uncached: boundary + 1 })).toBeCloseTo(above, 9);
  });

  test('xAI includes its boundary: 200,000 tokens are already long', () => {
    expect(inputRate('xai', 'grok-4.3', { input_uncached: 199_999 })).toBeCloseTo(1.25, 9);
    expect(inputRate('xai', 'grok-4.3', { input_uncached: 200_000 })).toBeCloseTo(2.5, 9);
  });
});

test('the boundary is compared with the whole input, cached or not, of any modality', () => {
  expect(inputRate('openai', 'gpt-5.4', { input_uncached: 1, cache_read: 272_000 })).toBeCloseTo(5, 9);
  expect(inputRate('google', 'gemini-2.5-pro', { input_uncached: 100_000, audio_input: 50_000, image_input: 50_001 })).toBeCloseTo(2.5, 9);
  expect(inputRate('anthropic', 'claude-sonnet-4-5', { input_uncached: 10, cache_read: 100_000, cache_write_1h: 100_000 })).toBeCloseTo(
    6,
    9,
  );
});

test('output does not count towards the boundary, but costs more beyond it', () => {
  const priced = (input: number) =>
    book.price({ provider: 'openai', model: 'gpt-5.4', at, usage: { input_uncached: input, output_text: 500_000 } });
  expect(priced(272_000).cost).toBe(parseUsd('8.18'));
  expect(priced(272_001).cost).toBe(parseUsd('12.610005'));
});

test('a long-context price applies to batch and flex too', () => {
  const long = book.price({
    provider: 'openai',
    model: 'gpt-5.4',
    at,
    serviceTier: 'batch',
    usage: { input_uncached: 300_000, output_text: 1_000 },
  });
  expect(long.cost).toBe(parseUsd('0.76125'));
});

describe('marginal tiers charge only what lies beyond the boundary', () => {
  const bookWith = (contextTiers: readonly ContextTier[]) => {
    const list: PriceList = {
      layer: 'base',
      name: 'test',
      version: '1',
      asOf: '2026-01-01',
      cards: [
        {
          id: 'acme/m',
          provider: 'acme',
          model: 'm',
          rates: { input_uncached: '1', cache_read: '1', output_text: '10', audio_seconds: '1' },
          contextTiers,
        },
      ],
    };
    return createPriceBook({ builtIn: [list] });
  };
  const cost = (tiers: readonly ContextTier[], usage: Usage) => bookWith(tiers).price({ provider: 'acme', model: 'm', at, usage }).cost;
  const beyond100: ContextTier = {
    above: 100,
    mode: 'marginal',
    rates: { input_uncached: '2', cache_read: '5', output_text: '20', audio_seconds: '3' },
  };

  test('input up to the boundary keeps its price', () => {
    expect(cost([beyond100], { input_uncached: 100 })).toBe(parseUsd('100'));
    expect(cost([beyond100], { input_uncached: 101 })).toBe(parseUsd('102'));
    expect(cost([{ from: 100, mode: 'marginal', rates: beyond100.rates }], { input_uncached: 100 })).toBe(parseUsd('101'));
  });

  test('cached tokens are the beginning of the context, output its end', () => {
    expect(cost([beyond100], { cache_read: 90, input_uncached: 20 })).toBe(parseUsd('120'));
    expect(cost([beyond100], { cache_read: 90, input_uncached: 5, output_text: 10 })).toBe(parseUsd('245'));
  });

  test('other units are counted by themselves', () => {
    expect(cost([beyond100], { audio_seconds: 110, input_uncached: 90 })).toBe(parseUsd('220'));
  });

  test('several boundaries follow one another', () => {
    const beyond200: ContextTier = { above: 200, mode: 'marginal', rates: { input_uncached: '4' } };
    expect(cost([beyond200, beyond100], { input_uncached: 250 })).toBe(parseUsd('500'));
  });
});

test('Alibaba sells the same model at two prices: what does not tell from where is an estimate', () => {
  const price = (model: string) =>
    book.price({ provider: 'alibaba', model, at, usage: { input_uncached: 1_000_000, output_text: 1_000_000 } });
  expect(price('qwen-max')).toMatchObject({ status: 'estimated', cost: parseUsd('8') });
  expect(price('qwen-plus')).toMatchObject({ status: 'estimated', cost: parseUsd('4.8') });
  expect(price('qwen-max-of-tomorrow')).toMatchObject({ status: 'unpriced', cost: null });
});
