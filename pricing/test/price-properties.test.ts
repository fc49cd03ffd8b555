import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { isMeter, METERS, type Meter, type PriceRequest, type PriceResult, type Usage } from '@tokenledger/model';
import { expect, test } from 'vitest';
import { createPriceBook, type PriceList, type RateCard } from '../src/index.ts';

const book = createPriceBook();

const routes = [
  ['openai', 'gpt-5'],
  ['openai', 'gpt-5.4'],
  ['openai', 'gpt-4o-audio-preview'],
  ['openai', 'gpt-realtime'],
  ['anthropic', 'claude-sonnet-4-5'],
  ['anthropic', 'claude-sonnet-4-20250514'],
  ['google', 'gemini-2.5-pro'],
  ['google', 'gemini-2.5-flash-image'],
  ['vertex_ai', 'claude-opus-4-6@default'],
  ['bedrock', 'us.anthropic.claude-sonnet-4-5-20250929-v1:0'],
  ['deepseek', 'deepseek-chat'],
  ['deepseek', 'deepseek-v4-flash'],
  ['xai', 'grok-4-0709'],
  ['groq', 'whisper-large-v3-turbo'],
  ['perplexity', 'sonar-pro'],
  ['azure', 'gpt-4o'],
  ['openai', 'gpt-9'],
] as const;

const tokens = fc.oneof(fc.nat({ max: 5_000 }), fc.nat({ max: 400_000 }), fc.constant(0));
const usage = fc
  .record(
    Object.fromEntries(METERS.map((meter) => [meter, meter.endsWith('seconds') ? fc.double({ min: 0, max: 1e6, noNaN: true }) : tokens])),
    {
      requiredKeys: [],
    },
  )
  .map((given) => given as Usage);
const request: fc.Arbitrary<PriceRequest> = fc
  .record({
    route: fc.constantFrom(...routes),
    at: fc.integer({ min: Date.parse('2024-06-01'), max: Date.parse('2027-06-01') }),
    serviceTier: fc.constantFrom(undefined, 'default', 'flex', 'batch', 'priority', 'fast'),
    region: fc.constantFrom(undefined, 'us', 'eu', 'us-east-1', 'europe-west4'),
    usage,
  })
  .map(({ route: [provider, model], ...rest }) => ({ provider, model, ...rest }));

const sum = (result: PriceResult): bigint => result.charges.reduce((total, { amount }) => total + amount, 0n);

test('no price is negative, and charges add up to the cost exactly', () => {
  fc.assert(
    fc.property(request, (asked) => {
      const result = book.price(asked);
      for (const charge of result.charges) expect(charge.amount).toBeGreaterThanOrEqual(0n);
      if (result.cost === null) expect(result.reason).toBeTruthy();
      else expect(sum(result)).toBe(result.cost);
    }),
    { numRuns: 2_000 },
  );
});

test('a charge is its quantity times its unit price', () => {
  fc.assert(
    fc.property(request, (asked) => {
      for (const { quantity, unitPriceUsd, amount, meter } of book.price(asked).charges) {
        if (!Number.isInteger(quantity)) continue;
        const [whole = '', fraction = ''] = unitPriceUsd.split('.');
        const scaled = BigInt(quantity) * BigInt(whole + fraction) * 10n ** 12n;
        const exact = scaled / 10n ** BigInt(fraction.length);
        const off = amount - exact;
        expect(off >= 0n && off <= 1n, `${meter} ${quantity} × ${unitPriceUsd} = ${amount}`).toBe(true);
      }
    }),
    { numRuns: 1_000 },
  );
});

test('more of a meter never costs less', () => {
  fc.assert(
    fc.property(request, fc.constantFrom(...METERS), fc.integer({ min: 1, max: 300_000 }), (asked, meter, more) => {
      const before = book.price(asked);
      const after = book.price({ ...asked, usage: { ...asked.usage, [meter]: (asked.usage[meter] ?? 0) + more } });
      if (before.cost !== null && after.cost !== null) expect(after.cost).toBeGreaterThanOrEqual(before.cost);
    }),
    { numRuns: 2_000 },
  );
});

test('a quantity without a rate leaves the call unpriced: there is no silent zero', () => {
  fc.assert(
    fc.property(request, (asked) => {
      const result = book.price(asked);
      const charged = new Set(result.charges.map(({ meter }) => meter));
      const uncharged = Object.keys(asked.usage).filter(
        (meter) => isMeter(meter) && meter !== 'requests' && (asked.usage[meter] ?? 0) > 0 && !charged.has(meter),
      );
      if (uncharged.length > 0) {
        expect(result.status).toBe('unpriced');
        if (asked.model !== 'gpt-9') for (const meter of uncharged) expect(result.reason).toContain(meter);
      }
      for (const { unitPriceUsd, amount, quantity } of result.charges)
        if (quantity > 0 && amount === 0n) expect(Number(unitPriceUsd)).toBeLessThan(1e-12);
    }),
    { numRuns: 2_000 },
  );
});

test('whatever is asked, the answer is a value', () => {
  const anything = fc.oneof(
    fc.string(),
    fc.constantFrom('__proto__', 'constructor', 'toString', '*', '', ' ', 'a'.repeat(5_000), 'arn:aws:bedrock:::', 'ft:', '/', '@', '.'),
  );
  const number = fc.oneof(fc.double(), fc.constantFrom(NaN, Infinity, -Infinity, -1, 2 ** 53, 2 ** 53 + 2, -0, 0.5, 1e308));
  fc.assert(
    fc.property(
      anything,
      anything,
      number,
      anything,
      fc.dictionary(fc.oneof(anything, fc.constantFrom(...METERS)), number),
      (provider, model, at, serviceTier, given) => {
        for (const name of [provider, 'openai', 'bedrock', 'google', 'azure', 'openrouter']) {
          const result = book.price({ provider: name, model, at, serviceTier, region: model, usage: given });
          expect(result.cost === null ? result.reason : result.cost >= 0n).toBeTruthy();
          book.explain({ provider: name, model, at, usage: given });
        }
      },
    ),
    { numRuns: 500 },
  );
});

test('a request without a fee is no charge, but alone it is no usage either', () => {
  const asked = { provider: 'openai', model: 'gpt-5', at: Date.parse('2026-07-01') };
  expect(book.price({ ...asked, usage: { input_uncached: 1_000, requests: 1 } })).toMatchObject({ status: 'exact', cost: 1_250_000_000n });
  expect(book.price({ ...asked, usage: { requests: 1 } })).toMatchObject({ status: 'unpriced', cost: null });
  const sonar = { ...asked, provider: 'perplexity', model: 'sonar', usage: { input_uncached: 1_000_000 } };
  expect(book.price(sonar).charges.map(({ meter, quantity }) => [meter, quantity])).toEqual([
    ['input_uncached', 1_000_000],
    ['requests', 1],
  ]);
});

test.each([
  ['negative', { input_uncached: -1 }, 'negative'],
  ['not a number', { input_uncached: NaN }, 'not a number'],
  ['infinite', { output_text: Infinity }, 'not a number'],
  ['beyond 2^53-1', { input_uncached: 2 ** 53 + 1 }, '2^53-1'],
  ['half a token', { input_uncached: 1.5 }, 'whole number'],
  ['a meter nobody knows', { tokens: 5 }, 'tokens is no meter'],
  ['nothing', {}, 'no usage'],
  ['text', { input_uncached: '5' }, 'not a number'],
])('a bad quantity (%s) is a flagged value', (_, given, reason) => {
  const result = book.price({ provider: 'openai', model: 'gpt-5', at: Date.parse('2026-07-01'), usage: given as Usage });
  expect(result).toMatchObject({ status: 'unpriced', cost: null });
  expect(result.reason).toContain(reason);
});

test('more cached than input tokens is a flagged contradiction, with what can be priced still listed', () => {
  const asked = { provider: 'openai', model: 'gpt-5', at: Date.parse('2026-07-01') };
  const result = book.priceInclusive({ ...asked, usage: { input_tokens: 5, cache_read_tokens: 9, output_tokens: 1 } });
  expect(result).toMatchObject({
    status: 'unpriced',
    cost: null,
    reason: 'contradictory usage: input_tokens is 5 but its parts add up to 9',
  });
  expect(result.charges.map(({ meter }) => meter).sort()).toEqual(['cache_read', 'output_text']);
  expect(book.priceInclusive({ ...asked, usage: { input_tokens: -5 } }).reason).toBe('input_tokens is -5, not a quantity');
  expect(book.priceInclusive({ ...asked, usage: { prompt_tokens: 5 } }).reason).toContain('prompt_tokens is no field');
});

test('the largest quantity is priced to the last pico-dollar', () => {
  const result = book.price({
    provider: 'openai',
    model: 'gpt-5',
    at: Date.parse('2026-07-01'),
    usage: { input_uncached: Number.MAX_SAFE_INTEGER },
  });
  expect(result.cost).toBe(9_007_199_254_740_991n * 1_250_000n);
});

test('fractions of a second are priced through their decimal text, rounded once', () => {
  const priced = (audioSeconds: number) =>
    book.price({ provider: 'openai', model: 'whisper-1', at: Date.parse('2026-07-01'), usage: { audio_seconds: audioSeconds } }).cost;
  expect(priced(0.1)).toBe(10_000_000n);
  expect(priced(12.345)).toBe(1_234_500_000n);
  expect(priced(1e-7)).toBe(10n);
});

test('the order of lists and of their entries makes no difference', () => {
  const data = ['base', 'overlay'].map(
    (name) => JSON.parse(readFileSync(new URL(`../data/${name}.json`, import.meta.url), 'utf8')) as PriceList,
  );
  const some = data.map((list) => ({
    ...list,
    cards: list.cards.filter(({ provider }) => ['openai', 'anthropic', 'deepseek', 'xai'].includes(provider)),
  }));
  const contract: PriceList = {
    layer: 'contract',
    name: 'contracts',
    version: '1',
    asOf: '2026-01-01',
    cards: [],
    rules: [
      { id: 'a', kind: 'discount', multiply: '0.9' },
      { id: 'b', kind: 'discount', providers: ['openai'], multiply: '0.8' },
      { id: 'c', kind: 'discount', models: ['gpt-5'], multiply: '0.7' },
    ],
  };
  const straight = createPriceBook({ builtIn: some, lists: [contract] });
  const shuffle = <T>(entries: readonly T[] | undefined): T[] => [...(entries ?? [])].reverse();
  const shuffled = [contract, ...some]
    .reverse()
    .map((list) => ({ ...list, cards: shuffle(list.cards), rules: shuffle(list.rules), aliases: shuffle(list.aliases) }));
  const mixed = createPriceBook({ builtIn: shuffled.slice(0, 1), lists: shuffled.slice(1) });
  fc.assert(
    fc.property(request, (asked) => {
      expect(mixed.price(asked)).toEqual(straight.price(asked));
    }),
    { numRuns: 1_000 },
  );
});

test('a result does not depend on what was asked before', () => {
  fc.assert(
    fc.property(fc.array(request, { maxLength: 8 }), request, (before, asked) => {
      const fresh = createPriceBook({ builtIn: small });
      const used = createPriceBook({ builtIn: small });
      for (const other of before) used.price(other);
      expect(used.price(asked)).toEqual(fresh.price(asked));
    }),
    { numRuns: 100 },
  );
});

const card = (rates: RateCard['rates'], more: Partial<RateCard> = {}): RateCard => ({
  id: 'deepseek/x',
  provider: 'deepseek',
  model: 'deepseek-chat',
  rates,
  ...more,
});
const small: readonly PriceList[] = [
  {
    layer: 'base',
    name: 'small',
    version: '1',
    asOf: '2026-01-01',
    cards: [
      card({ input_uncached: '1/M', output_text: '2/M' }),
      card({ input_uncached: '3/M', output_text: '4/M' }, { validFrom: '2025-06-01' }),
      card({ input_uncached: '0.5/M' }, { id: 'deepseek/x#night', window: { from: '16:30', to: '00:30' }, validFrom: '2025-03-01' }),
    ],
  },
];

test('all meters can be priced: a card with every meter prices every meter', () => {
  const every = Object.fromEntries(METERS.map((meter, i) => [meter, `${i + 1}/M`])) as Record<Meter, string>;
  const full = createPriceBook({ builtIn: [{ ...small[0]!, cards: [card(every)] }] });
  const result = full.price({
    provider: 'deepseek',
    model: 'deepseek-chat',
    at: 0,
    usage: Object.fromEntries(METERS.map((meter) => [meter, 1_000_000])),
  });
  expect(result.cost).toBe(METERS.reduce((total, _, i) => total + BigInt(i + 1) * 10n ** 12n, 0n));
});
