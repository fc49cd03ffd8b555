import { readFileSync, readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { readBaseList, readOverlayList } from '../scripts/price-lists.ts';
import { createPriceBook, priceListText, type PriceList } from '../src/index.ts';
import { priceListSchema } from '../src/overrides/index.ts';
import { parseRate } from '../src/rate.ts';

const file = (name: string): string => readFileSync(new URL(`../data/${name}`, import.meta.url), 'utf8');
const list = (name: string): PriceList => JSON.parse(file(name)) as PriceList;
const base = list('base.json');
const overlay = list('overlay.json');

describe('the committed lists are what their sources make', () => {
  test('base.json from the installed genai-prices and what was imported since', async () => {
    expect(priceListText(await readBaseList())).toBe(file('base.json'));
  });
  test('overlay.json from data/overlay', () => {
    expect(priceListText(readOverlayList())).toBe(file('overlay.json'));
  });
  test('both are sound lists', () => {
    for (const each of [base, overlay]) expect(priceListSchema.safeParse(each).error?.issues.slice(0, 3)).toBeUndefined();
  });
});

test('every overlay card and rule that is not arithmetic says where it was read, and when', () => {
  const without = [...overlay.cards, ...(overlay.rules ?? [])].filter(({ source }) => !source);
  expect(without.map(({ id }) => id).filter((id) => !/-like-|openrouter-claude/.test(id))).toEqual([]);
});

test('an overlay card that corrects a model names one that exists, and one that adds a model prices it in full', () => {
  const known = new Set(base.cards.map(({ provider, model }) => `${provider}/${model}`));
  const complete = new Set(
    overlay.cards
      .filter(({ rates, serviceTier }) => Object.keys(rates).length > 0 && (serviceTier === undefined || !rates.cache_read))
      .map(({ provider, model }) => `${provider}/${model}`),
  );
  const lost = overlay.cards.filter(
    ({ provider, model, rates, serviceTier, free }) =>
      model !== '*' &&
      !free &&
      !known.has(`${provider}/${model}`) &&
      (serviceTier
        ? !complete.has(`${provider}/${model}`)
        : !rates.input_uncached && !/images|seconds|characters|search_units|input/.test(Object.keys(rates).join())),
  );
  expect(lost.map(({ id }) => id)).toEqual([]);
});

test('every alias leads to a priced model', () => {
  const book = createPriceBook();
  for (const { provider, name, model, validTo, validFrom } of overlay.aliases ?? []) {
    const at = Date.parse(validTo ?? validFrom ?? '2026-11-20') - (validTo ? 86_400_000 : 0);
    const asked = name.replace('*', 'x');
    const result = book.price({ provider, model: asked, at, usage: { input_uncached: 0, characters: 0, audio_seconds: 0 } });
    expect(result.reason ?? '', `${provider} ${asked} → ${model}`).toBe('');
  }
});

test('every rate is a price', () => {
  const texts = [...base.cards, ...overlay.cards].flatMap(({ rates, contextTiers = [] }) => [
    ...Object.values(rates),
    ...contextTiers.flatMap((tier) => Object.values(tier.rates)),
  ]);
  expect(texts.filter((text) => parseRate(text) === undefined)).toEqual([]);
  expect(texts.length).toBeGreaterThan(8_000);
});

test('no id stands for two models of one layer', () => {
  for (const each of [overlay]) {
    const models = new Map<string, string>();
    for (const { provider, model, ids = [] } of each.cards) {
      for (const id of [model, ...ids]) {
        const key = `${provider}/${id}`;
        expect(models.get(key) ?? model, key).toBe(model);
        models.set(key, model);
      }
    }
  }
});

test('money is never a float: nothing near a price rounds, parses or divides numbers', () => {
  const folder = new URL('../src/', import.meta.url);
  const code = (name: string): string[] =>
    readFileSync(new URL(name, folder), 'utf8')
      .split('\n')
      .filter((line) => !/^\s*(\*|\/\/|\/\*)/.test(line));
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
  const lossy = files.flatMap((name) =>
    code(name).filter((line) => /parseFloat|toFixed|toPrecision|Math\.(round|floor|ceil|trunc|fround)/.test(line)),
  );
  // Minutes of the week are the only thing that is rounded.
  expect(lossy).toEqual([expect.stringContaining('(Math.floor(at / 60_000)')]);
  const money = ['rate.ts', 'rate-table.ts', 'charge-usage.ts', 'price-book.ts', 'self-hosted.ts', 'reported-cost.ts'];
  expect(money.flatMap((name) => code(name).filter((line) => /\bNumber\(|\bparseInt\(/.test(line)))).toEqual([]);
});

test('amounts are integers, and stay exact where a double would not', () => {
  const result = createPriceBook().price({
    provider: 'openai',
    model: 'gpt-5-nano',
    at: Date.parse('2026-07-01'),
    serviceTier: 'flex',
    usage: { cache_read: 9_007_199_254_740_991 },
  });
  expect(typeof result.cost).toBe('bigint');
  expect(result.cost).toBe(9_007_199_254_740_991n * 2_500n);
});
