import { formatUsd } from '@tokenledger/model';
import { describe, expect, test } from 'vitest';
import { accrueHistory, createPriceBook, type PriceList, type RateCard } from '../src/index.ts';

const book = createPriceBook();

/** USD for a million of each: asked for a tenth, so that no context tier is reached. */
const price = (provider: string, model: string, at: string): string | undefined => {
  const usage = { input_uncached: 100_000, cache_read: 50_000, output_text: 100_000 };
  const { cost, charges } = book.price({ provider, model, at: Date.parse(at), usage });
  const cached = charges.find(({ meter }) => meter === 'cache_read')?.amount ?? 0n;
  return cost === null ? undefined : formatUsd((cost + cached) * 10n);
};

describe('a call costs what was in force when it was made', () => {
  test.each([
    ['openai', 'o3', '2025-06-09T23:59:59Z', '52.5'],
    ['openai', 'o3', '2025-06-10T00:00:00Z', '10.5'],
    ['openai', 'gpt-5.6-terra', '2026-07-29T23:59:59Z', '17.75'],
    ['openai', 'gpt-5.6-sol', '2026-08-21T00:00:00Z', '24.4'],
    ['openai', 'gpt-4o', '2024-09-30T00:00:00Z', '25'],
    ['openai', 'gpt-4o-2024-08-06', '2024-09-30T00:00:00Z', '13.75'],
    ['anthropic', 'claude-opus-4-6', '2026-03-12T00:00:00Z', '30.5'],
    ['mistral', 'mistral-large-latest', '2025-11-30T00:00:00Z', '10'],
    ['mistral', 'mistral-large-latest', '2025-12-03T00:00:00Z', '2.05'],
  ])('%s %s at %s', (provider, model, at, usd) => {
    expect(price(provider, model, at)).toBe(usd);
  });

  test('a price that is already announced applies from its date', () => {
    expect(price('google', 'gemini-3.7-flash', '2026-12-31T23:59:59Z')).toBe('4.575');
    expect(price('google', 'gemini-3.7-flash', '2027-01-01T00:00:00Z')).toBe('9.15');
  });
});

describe('DeepSeek, every period and hour', () => {
  test.each([
    ['deepseek-chat', '2025-01-15T12:00:00Z', '0.434', 'V3 at its introductory price'],
    ['deepseek-chat', '2025-02-10T20:00:00Z', '1.44', 'no off-peak hours yet'],
    ['deepseek-chat', '2025-05-20T16:29:59Z', '1.44', 'just before off-peak'],
    ['deepseek-chat', '2025-05-20T16:30:00Z', '0.72', 'off-peak begins'],
    ['deepseek-chat', '2025-05-21T00:29:59Z', '0.72', 'off-peak crosses midnight'],
    ['deepseek-chat', '2025-05-21T00:30:00Z', '1.44', 'off-peak ends'],
    ['deepseek-reasoner', '2025-05-20T20:00:00Z', '0.72', 'R1 off-peak'],
    ['deepseek-reasoner', '2025-05-20T12:00:00Z', '2.88', 'R1'],
    ['deepseek-chat', '2025-09-15T20:00:00Z', '2.31', 'V3.1 has no off-peak'],
    ['deepseek-reasoner', '2025-09-15T20:00:00Z', '2.31', 'V3.1, one price for both'],
    ['deepseek-chat', '2025-12-01T20:00:00Z', '0.728', 'V3.2'],
    ['deepseek-chat', '2026-06-01T02:00:00Z', '0.4228', 'the name stands for V4 Flash'],
    ['deepseek-v4-flash', '2026-07-01T02:00:00Z', '0.4228', 'no peak hours yet'],
    ['deepseek-v4-flash', '2026-08-18T02:00:00Z', '1.774', 'peak'],
    ['deepseek-v4-flash', '2026-08-18T05:00:00Z', '0.887', 'between the peaks'],
    ['deepseek-v4-flash', '2026-08-22T02:00:00Z', '1.774', 'a Saturday before weekends were off-peak'],
    ['deepseek-v4-flash', '2026-08-29T02:00:00Z', '0.887', 'a Saturday'],
    ['deepseek-v4-flash', '2026-11-20T07:00:00Z', '1.506', 'V4.1 Flash under the old name, peak'],
    ['deepseek-v4-flash', '2026-11-22T07:00:00Z', '0.753', 'V4.1 Flash, a Sunday'],
    ['deepseek-v4-pro', '2026-11-20T09:59:59Z', '5.324', 'peak'],
    ['deepseek-v4-pro', '2026-11-20T10:00:00Z', '2.662', 'off-peak'],
  ])('%s at %s costs %s (%s)', (model, at, usd) => {
    expect(price('deepseek', model, at)).toBe(usd);
  });
});

const card = (rates: RateCard['rates'], more: Partial<RateCard> = {}): RateCard => ({
  id: 'acme/m',
  provider: 'acme',
  model: 'm',
  rates,
  ...more,
});
const list = (version: string, cards: readonly RateCard[]): PriceList => ({
  layer: 'base',
  name: 'upstream',
  version,
  asOf: `2026-0${version}-01`,
  cards,
});
const inputPrice = (prices: PriceList, at: string, knownOn?: string): string | undefined => {
  const result = createPriceBook({ builtIn: [prices], ...(knownOn && { knownOn: Date.parse(knownOn) }) }).price({
    provider: 'acme',
    model: 'm',
    at: Date.parse(at),
    usage: { input_uncached: 1 },
  });
  return result.cost === null ? undefined : formatUsd(result.cost);
};

describe('a newer base list accrues history', () => {
  const first = list('1', [card({ input_uncached: '1' }), card({ input_uncached: '9' }, { id: 'acme/old', model: 'old' })]);

  test('an undated change holds from the release on, and calls before keep their price', () => {
    const both = accrueHistory(first, list('2', [card({ input_uncached: '2' })]), { knownOn: '2026-06-15' });
    expect(inputPrice(both, '2026-06-14T23:59:59Z')).toBe('1');
    expect(inputPrice(both, '2026-06-15T00:00:00Z')).toBe('2');
  });

  test('a dated change reprices the past it was learnt late about', () => {
    const newer = list('2', [card({ input_uncached: '1' }), card({ input_uncached: '2' }, { validFrom: '2026-05-01' })]);
    const both = accrueHistory(first, newer, { knownOn: '2026-06-15' });
    expect(inputPrice(both, '2026-05-20')).toBe('2');
    expect(inputPrice(both, '2026-04-30')).toBe('1');
  });

  test('a report can be reproduced as known on an earlier date', () => {
    const newer = list('2', [card({ input_uncached: '1' }), card({ input_uncached: '2' }, { validFrom: '2026-05-01' })]);
    const both = accrueHistory(first, newer, { knownOn: '2026-06-15' });
    expect(inputPrice(both, '2026-05-20', '2026-06-14')).toBe('1');
    expect(inputPrice(both, '2026-05-20', '2026-06-15')).toBe('2');
  });

  test('a correction replaces the past, but not what was known then', () => {
    const both = accrueHistory(first, list('2', [card({ input_uncached: '3' })]), { knownOn: '2026-06-15', undated: 'corrected' });
    expect(inputPrice(both, '2026-01-01')).toBe('3');
    expect(inputPrice(both, '2026-01-01', '2026-06-01')).toBe('1');
  });

  test('a date that turned out to be wrong no longer applies', () => {
    const early = list('1', [card({ input_uncached: '1' }), card({ input_uncached: '2' }, { validFrom: '2026-03-01' })]);
    const late = list('2', [card({ input_uncached: '1' }), card({ input_uncached: '2' }, { validFrom: '2026-05-01' })]);
    const both = accrueHistory(early, late, { knownOn: '2026-06-15' });
    expect([inputPrice(both, '2026-04-01'), inputPrice(both, '2026-05-01')]).toEqual(['1', '2']);
    expect(inputPrice(both, '2026-04-01', '2026-06-01')).toBe('2');
  });

  test('a newer version of a card replaces the older as a whole, with what it no longer lists', () => {
    const prices = list('1', [card({ input_uncached: '1', characters: '5' }), card({ input_uncached: '2' }, { validFrom: '2026-05-01' })]);
    const asked = (at: string) =>
      createPriceBook({ builtIn: [prices] }).price({ provider: 'acme', model: 'm', at: Date.parse(at), usage: { characters: 1 } });
    expect(asked('2026-04-30').cost).toBe(5n * 10n ** 12n);
    expect(asked('2026-05-01')).toMatchObject({ status: 'unpriced', reason: 'no standard price for characters of acme model "m"' });
  });

  test('a meter that is added to an unchanged price holds for the past too', () => {
    const newer = list('2', [card({ input_uncached: '1', output_text: '4' })]);
    const book = createPriceBook({ builtIn: [accrueHistory(first, newer, { knownOn: '2026-06-15' })] });
    expect(book.price({ provider: 'acme', model: 'm', at: Date.parse('2026-01-01'), usage: { output_text: 1 } }).cost).toBe(
      4n * 10n ** 12n,
    );
  });

  test('a model that upstream drops keeps its price', () => {
    const both = accrueHistory(first, list('2', []), { knownOn: '2026-06-15' });
    const result = createPriceBook({ builtIn: [both] }).price({
      provider: 'acme',
      model: 'old',
      at: Date.parse('2026-07-01'),
      usage: { input_uncached: 1 },
    });
    expect(result).toMatchObject({ status: 'exact', cost: 9n * 10n ** 12n });
    expect(result.charges[0]?.source).toBe('upstream@1');
  });

  test('nothing is lost over several upgrades', () => {
    const second = accrueHistory(first, list('2', [card({ input_uncached: '2' })]), { knownOn: '2026-03-01' });
    const third = accrueHistory(second, list('3', [card({ input_uncached: '3' })]), { knownOn: '2026-06-01' });
    const prices = ['2026-02-01', '2026-04-01', '2026-07-01'].map((at) => inputPrice(third, at));
    expect(prices).toEqual(['1', '2', '3']);
    expect(inputPrice(third, '2026-07-01', '2026-05-01')).toBe('2');
  });

  test('an upgrade that changes nothing changes nothing', () => {
    const same = accrueHistory(first, { ...first, version: '2' }, { knownOn: '2026-06-15' });
    expect(same.cards.filter(({ id }) => id === 'acme/m')).toEqual(first.cards.filter(({ id }) => id === 'acme/m'));
  });

  test('the shipped book knows what was known before its newest import', () => {
    const at = Date.parse('2026-11-20T12:00:00Z');
    const asked = { provider: 'openai', model: 'gpt-6.1-sol', at, usage: { input_uncached: 1 } };
    expect(book.price(asked).status).toBe('exact');
    expect(book.asKnownOn(Date.parse('2026-10-01')).price(asked).status).toBe('unpriced');
    expect(book.asKnownOn(Date.parse('2026-10-01')).version).toContain('as known on 2026-10-01');
  });
});
