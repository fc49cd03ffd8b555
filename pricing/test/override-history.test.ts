import { expect, test } from 'vitest';
import { createLivePriceBook, createPriceBook } from '../src/index.ts';
import { overrideHistory, type OverrideEdition, parseOverrides } from '../src/overrides/index.ts';

function edition(knownFrom: string, overrides: object): OverrideEdition {
  const parsed = parseOverrides(overrides);
  if (!parsed.ok) throw new TypeError(JSON.stringify(parsed.problems));
  return { knownFrom, lists: parsed.lists };
}

const model = (rate: string) => ({ custom_models: [{ provider: 'acme', model: 'legal-7b', rates: { input_uncached: rate } }] });
const discount = (percent: string) => ({ contracts: [{ id: 'c', provider: 'openai', discount: percent }] });
const at = Date.parse('2026-01-15');
const ofAcme = { provider: 'acme', model: 'legal-7b', at, usage: { input_uncached: 1_000_000 } };
const ofOpenai = { provider: 'openai', model: 'gpt-4o', at, usage: { input_uncached: 1_000_000 } };
const usd = (dollars: number) => BigInt(dollars * 100) * 10n ** 10n;

const editions = [
  edition('2026-02-01T00:00:00.000Z', { ...model('1/M'), ...discount('10%') }),
  edition('2026-03-01T00:00:00.000Z', { ...model('2/M'), ...discount('50%') }),
  edition('2026-04-01T00:00:00.000Z', discount('20%')),
];
const book = createPriceBook({ lists: overrideHistory(editions, '-api') });

test('the last edition is in force, for past calls too; what it leaves out is gone', () => {
  expect(book.price(ofAcme).status).toBe('unpriced');
  expect(book.price(ofOpenai)).toMatchObject({ status: 'contract', cost: usd(2) });
});

test.each([
  ['2026-01-20', null, usd(2.5)],
  ['2026-02-20', usd(1), usd(2.25)],
  ['2026-03-20', usd(2), usd(1.25)],
  ['2026-04-20', null, usd(2)],
])('a report as known on %s uses what was said then', (day, acme, openai) => {
  const then = book.asKnownOn(Date.parse(day));
  expect(then.price(ofAcme).cost).toBe(acme);
  expect(then.price(ofOpenai).cost).toBe(openai);
});

test('a live book gives the new price from the next request on', () => {
  const live = createLivePriceBook();
  const before = live.version;
  expect(live.price(ofOpenai).cost).toBe(usd(2.5));
  live.replace({ lists: overrideHistory(editions, '-api') });
  expect(live.price(ofOpenai).cost).toBe(usd(2));
  expect(live.version).not.toBe(before);
});
