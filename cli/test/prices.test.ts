import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { builtInPriceLists, priceListText } from '@tokenledger/pricing';
import { overridesSchema } from '@tokenledger/pricing/overrides';
import { describe, expect, test } from 'vitest';
import { price } from '../src/commands/price.ts';
import { prices } from '../src/commands/prices.ts';
import { ConfigError, loadConfig } from '../src/config.ts';
import { openPrices } from '../src/prices.ts';
import { run, temporaryFolder } from './run-command.ts';

interface GoldenCase {
  readonly id: string;
  readonly provider: string;
  readonly model: string;
  readonly at: string;
  readonly service_tier?: string;
  readonly region?: string;
  readonly usage: Readonly<Record<string, number>>;
  readonly expected_usd: string | null;
}

const { cases } = JSON.parse(readFileSync(new URL('fixtures/prices.json', import.meta.url), 'utf8')) as { cases: readonly GoldenCase[] };
const base = builtInPriceLists().find(({ layer }) => layer === 'base');
if (!base) throw new TypeError('there is no base list');

test.each(cases.map((golden) => [golden.id, golden] as const))('tokenledger price says what %s costs', async (_, golden) => {
  const { provider, model, at, service_tier: tier, region, usage, expected_usd: expected } = golden;
  const quantities = Object.entries(usage).map(([field, quantity]) => `${field}=${String(quantity)}`);
  const conditions = [`at=${at}`, ...(tier ? [`tier=${tier}`] : []), ...(region ? [`region=${region}`] : [])];
  const { code, text } = await run(price, '--data-dir', '/nowhere', provider, model, ...quantities, ...conditions);
  const last = text.split('\n').at(-1) ?? '';
  if (expected === null) expect([code, last]).toEqual([1, expect.stringContaining('unpriced: ')]);
  else expect([code, Number(last.split(' USD')[0])]).toEqual([0, Number(expected)]);
});

describe('a list of somebody else', () => {
  /** The shipped list with another price of one model. */
  function changedList(folder: string): string {
    const cards = base?.cards
      .filter(({ knownTo }) => knownTo === undefined)
      .map((card) => (card.id === 'openai/gpt-5' ? { ...card, rates: { ...card.rates, input_uncached: '9/M' } } : card));
    const file = join(folder, 'new.json');
    writeFileSync(file, priceListText({ ...(base ?? ({} as never)), version: 'next', cards: cards ?? [] }));
    return file;
  }
  const ofGpt5 = ['openai', 'gpt-5', 'input_tokens=1000000'];

  test('that is the one in force differs in nothing', async () => {
    const file = join(temporaryFolder(), 'same.json');
    writeFileSync(file, priceListText(base));
    expect(await run(prices, 'diff', file)).toEqual({ code: 0, text: '0 added, 0 changed, 0 removed' });
  });

  test('is imported with its difference shown; the price holds from that day on, and the old one before', async () => {
    const folder = temporaryFolder();
    const inFolder = ['--data-dir', folder];
    const file = changedList(folder);
    const dry = await run(prices, 'import', file, '--known-on', '2026-11-01', '--dry-run', ...inFolder);
    expect(dry.text).toContain('~ openai/gpt-5');
    expect(dry.text).toContain('0 added, 1 changed, 0 removed');
    expect((await run(price, ...ofGpt5, ...inFolder)).text).toContain('1.25 USD');

    await run(prices, 'import', file, '--known-on', '2026-11-01', ...inFolder);
    expect((await run(price, ...ofGpt5, 'at=2026-11-02', ...inFolder)).text).toContain('9 USD');
    expect((await run(price, ...ofGpt5, 'at=2026-10-31', ...inFolder)).text).toContain('1.25 USD');
    const again = await run(prices, 'import', file, '--known-on', '2026-11-05', ...inFolder);
    expect(again.text).toContain('0 added, 0 changed, 0 removed');
    expect((await run(price, ...ofGpt5, 'at=2026-10-31', ...inFolder)).text).toContain('1.25 USD');
  });

  test('imported as a correction holds for the past too', async () => {
    const folder = temporaryFolder();
    await run(prices, 'import', changedList(folder), '--corrected', '--data-dir', folder);
    expect((await run(price, ...ofGpt5, 'at=2026-07-01', '--data-dir', folder)).text).toContain('9 USD');
  });
});

describe("the operator's prices", () => {
  const contract = 'contracts: [{ id: ours, provider: openai, discount: 20% }]';

  test('of prices_file are in force', async () => {
    const file = join(temporaryFolder(), 'prices.yaml');
    writeFileSync(file, contract);
    const { text } = await run(price, 'openai', 'gpt-5', 'input_tokens=1000000', '--prices-file', file);
    expect(text).toContain('1 USD (contract)');
  });

  test('with mistakes are refused, each with its line', () => {
    const file = join(temporaryFolder(), 'prices.yaml');
    writeFileSync(file, 'contracts:\n  - { id: a, provider: openai, discount: lots }\ndeploymints: []\n');
    const { config } = loadConfig({ args: ['--prices-file', file], environment: {} });
    expect(() => openPrices(config)).toThrow(ConfigError);
    expect(() => openPrices(config)).toThrow(/prices\.yaml:2: contracts\.0\.discount: .*\n.*deploymints/s);
  });

  test('told to the admin API hold at once, survive a restart, and are kept as history', async () => {
    const folder = temporaryFolder();
    const { config } = loadConfig({ args: ['--data-dir', folder], environment: {} });
    const first = openPrices(config);
    const request = { provider: 'acme', model: 'legal-7b', at: Date.now(), usage: { input_uncached: 1_000_000 } };
    const say = (rate: string) =>
      first.overrides.replace(
        overridesSchema.parse({ custom_models: [{ provider: 'acme', model: 'legal-7b', rates: { input_uncached: rate } }] }),
      );
    expect(first.book.price(request).cost).toBe(null);
    const before = Date.now() - 1;
    await say('1/M');
    const between = Date.parse(first.overrides.current().knownFrom ?? '');
    await say('2/M');
    await say('2/M');
    expect(first.book.price(request).cost).toBe(2n * 10n ** 12n);

    const { book, overrides } = openPrices(config);
    expect(book.version).toBe(first.book.version);
    expect(book.price(request).cost).toBe(2n * 10n ** 12n);
    expect(book.asKnownOn(between).price(request).cost).toBe(10n ** 12n);
    expect(book.asKnownOn(before).price(request).cost).toBe(null);
    expect(overrides.current()).toEqual(first.overrides.current());
    expect((JSON.parse(readFileSync(join(folder, 'price-overrides.json'), 'utf8')) as { editions: unknown[] }).editions).toHaveLength(2);
  });
});

test('prices show tells the rates and their source; an unknown model the names that resemble it', async () => {
  const known = await run(prices, 'show', 'openai', 'gpt-5.1');
  expect(known.text).toMatch(/input_uncached +1\.25\/M/);
  expect(known.text).toContain('url: https://');
  const unknown = await run(prices, 'show', 'openai', 'gpt-55');
  expect(unknown).toMatchObject({ code: 1, text: expect.stringContaining('gpt-5') });
});

test('prices list filters by provider, model and layer', async () => {
  const { text } = await run(prices, 'list', '--provider', 'anthropic', '--model', 'claude-sonnet-4*', '--layer', 'base');
  const cards = text.split('\n').filter((line) => line.startsWith('anthropic'));
  expect(cards.length).toBeGreaterThan(1);
  expect(cards.every((line) => line.includes('claude-sonnet-4'))).toBe(true);
  await expect(run(prices, 'list', '--layer', 'cellar')).rejects.toThrow(/--layer/);
});

test('prices validate names every problem of a file, and the line', async () => {
  const file = join(temporaryFolder(), 'bad.yaml');
  writeFileSync(file, 'contracts:\n  - { id: a, provider: openai, discount: lots }\n');
  await expect(run(prices, 'validate', file)).rejects.toThrow(/bad\.yaml:2: contracts\.0\.discount/);
  const example = new URL('../../pricing/examples/overrides.yaml', import.meta.url).pathname;
  expect((await run(prices, 'validate', example)).text).toContain('contract: 2 cards, 2 rules');
});
