import { parseUsd } from '@tokenledger/model';
import { describe, expect, test } from 'vitest';
import {
  costDivergence,
  createPriceBook,
  diffPriceLists,
  idleCharge,
  orReportedCost,
  selfHostedCard,
  type PriceList,
  type SelfHostedModel,
} from '../src/index.ts';
import { importPriceList } from '../src/overrides/index.ts';

const book = createPriceBook();

describe('what the provider says a call cost is kept beside our price', () => {
  const ours = book.price({ provider: 'openai', model: 'gpt-5', at: Date.parse('2026-07-01'), usage: { input_uncached: 1_000_000 } });

  test('and never replaces it', () => {
    expect(orReportedCost(ours, parseUsd('2'))).toBe(ours);
  });
  test('the divergence is a number', () => {
    expect(costDivergence(ours.cost, parseUsd('1.3'))).toEqual({ difference: parseUsd('0.05'), partsPerMillion: 38_461n });
    expect(costDivergence(null, 5n)).toBeUndefined();
    expect(costDivergence(ours.cost, undefined)).toBeUndefined();
  });
  test('where we have none, it is the price, and says so', () => {
    const unknown = book.price({
      provider: 'openrouter',
      model: 'acme/unknown',
      at: Date.parse('2026-07-01'),
      usage: { input_uncached: 5 },
    });
    expect(orReportedCost(unknown, parseUsd('0.25'))).toMatchObject({ status: 'provider_reported', cost: parseUsd('0.25') });
    expect(orReportedCost(unknown, undefined)).toBe(unknown);
  });
});

describe('self-hosted models', () => {
  const model: SelfHostedModel = {
    provider: 'vllm',
    model: 'llama',
    gpuHourUsd: '2.49',
    gpus: '8',
    hostHourUsd: '1.50',
    inputTokensPerHour: '37000000',
    outputTokensPerHour: '4100000',
    activeShare: '0.37',
  };

  test('an hour of work costs an hour of GPUs, to a pico-dollar a line', () => {
    const card = selfHostedCard(model)!;
    const own = createPriceBook({ builtIn: [{ layer: 'operator', name: 'own', version: '1', asOf: '2026-01-01', cards: [card] }] });
    const { cost } = own.price({ provider: 'vllm', model: 'llama', at: 0, usage: { input_uncached: 37_000_000, output_text: 4_100_000 } });
    expect(Number((cost ?? 0n) - parseUsd('21.42')!)).toBeLessThanOrEqual(2);
  });

  test('idle time is a line of its own: with the active part it is the whole bill', () => {
    const day = idleCharge(model, 86_400)!;
    expect(day).toMatchObject({ meter: 'gpu_seconds', amount: parseUsd('323.8704') });
  });

  test('numbers that make no sense are no price', () => {
    expect(selfHostedCard({ ...model, gpuHourUsd: 'two' })).toBeUndefined();
    expect(selfHostedCard({ ...model, inputTokensPerHour: '0', outputTokensPerHour: '0' })).toBeUndefined();
    expect(idleCharge({ ...model, activeShare: '1.2' }, 60)).toBeUndefined();
  });
});

describe('importing a list', () => {
  const facts = { version: '2', asOf: '2026-11-01' };
  const genai = JSON.stringify([
    {
      id: 'openai',
      models: [
        {
          id: 'gpt-x',
          match: { equals: 'gpt-x' },
          prices: { input_mtok: 2, output_mtok: { base: 3, tiers: [{ start: 199_999, price: 6 }] } },
        },
      ],
    },
  ]);

  test('of genai-prices', () => {
    const imported = importPriceList(genai, facts);
    expect(imported).toMatchObject({
      ok: true,
      list: {
        cards: [{ model: 'gpt-x', rates: { input_uncached: '2/M' }, contextTiers: [{ from: 200_000, rates: { output_text: '6/M' } }] }],
      },
    });
  });

  test('of LiteLLM, with its tiers', () => {
    const litellm = JSON.stringify({
      sample_spec: { mode: 'chat' },
      'gpt-x': {
        litellm_provider: 'openai',
        input_cost_per_token: 2e-6,
        output_cost_per_token: 3e-6,
        output_cost_per_token_above_200k_tokens: 6e-6,
        input_cost_per_token_flex: 1e-6,
        constructor: 5,
      },
    });
    const imported = importPriceList(litellm, facts);
    expect(imported).toMatchObject({
      ok: true,
      list: {
        cards: [
          {
            id: 'openai/gpt-x',
            rates: { input_uncached: '0.000002', output_text: '0.000003' },
            contextTiers: [{ above: 200_000, rates: { output_text: '0.000006' } }],
          },
          { id: 'openai/gpt-x#flex', serviceTier: 'flex', rates: { input_uncached: '0.000001' } },
        ],
      },
    });
  });

  test.each(['', '{}', '[]', '[1]', '{"a":{"b":1}}', '{"cards":5}', 'null', '[{"id":"x"}]'])(
    'text that is no list is a problem, not an exception: %s',
    (text) => {
      expect(importPriceList(text, facts)).toMatchObject({ ok: false, problem: expect.any(String) });
    },
  );

  test('is compared before it is used', () => {
    const imported = importPriceList(genai, facts);
    const after = imported.ok ? imported.list : undefined;
    const before: PriceList = {
      ...after!,
      cards: [
        {
          id: 'openai/gpt-x',
          provider: 'openai',
          model: 'gpt-x',
          rates: { input_uncached: '1/M', output_text: '3/M', cache_read: '0.1/M' },
        },
        { id: 'openai/gpt-w', provider: 'openai', model: 'gpt-w', rates: { input_uncached: '1/M' } },
      ],
    };
    expect(diffPriceLists(before, after!)).toEqual([
      expect.objectContaining({ id: 'openai/gpt-w', kind: 'removed' }),
      {
        id: 'openai/gpt-x',
        provider: 'openai',
        model: 'gpt-x',
        kind: 'changed',
        rates: [
          { name: 'input_uncached', validFrom: undefined, before: '1/M', after: '2/M' },
          { name: 'cache_read', validFrom: undefined, before: '0.1/M', after: undefined },
          { name: 'output_text >= 200000', validFrom: undefined, before: undefined, after: '6/M' },
        ],
      },
    ]);
    expect(diffPriceLists(after!, after!)).toEqual([]);
  });
});

describe('the book can be read', () => {
  test('cards by provider, model, layer and time', () => {
    const cards = book.cards({ provider: 'x-ai', model: 'grok-4*', layer: 'overlay' });
    expect(cards.map(({ id }) => id)).toContain('xai/grok-4-0709#long');
    expect(cards.every(({ url, list }) => url?.startsWith('https://') && list.startsWith('overlay@'))).toBe(true);
    expect(book.cards({ provider: 'openai', model: 'o3', at: Date.parse('2026-07-01') }).some(({ validTo }) => validTo)).toBe(false);
    expect(book.cards().length).toBeGreaterThan(2_500);
  });

  test('a price is explained: names, cards, rules, dates, assumptions', () => {
    const explained = book.explain({
      provider: 'gcp.vertex_ai',
      model: 'claude-opus-4-6@default',
      at: Date.parse('2026-07-01'),
      region: 'europe-west4',
      serviceTier: 'batch',
      usage: { input_uncached: 1_000, cache_read: 9_000, cache_write: 500 },
    });
    expect(explained).toMatchObject({
      resolved: { provider: 'vertex', model: 'claude-opus-4-6', pricedAs: 'google', serviceTier: 'batch', region: 'europe-west4' },
      validFrom: '2026-03-13T00:00:00.000Z',
      inputTokens: 10_500,
      result: { status: 'estimated' },
    });
    expect(explained.lines.map(({ meter, rules, assumes }) => [meter, rules.map(({ id }) => id), assumes])).toEqual([
      ['input_uncached', ['vertex-claude-batch', 'vertex-claude-regional'], undefined],
      ['cache_read', ['vertex-claude-batch', 'vertex-claude-regional'], undefined],
      ['cache_write', ['vertex-claude-batch', 'vertex-claude-regional'], 'cache writes live five minutes'],
    ]);
  });

  test('a minimum that was billed is named', () => {
    const request = { provider: 'groq', model: 'whisper-large-v3-turbo', at: Date.parse('2026-07-01') };
    expect(book.explain({ ...request, usage: { audio_seconds: 3 } }).lines[0]).toMatchObject({ quantity: 10, minimumApplied: true });
    expect(book.explain({ ...request, usage: { audio_seconds: 10 } }).lines[0]).toMatchObject({ quantity: 10, minimumApplied: false });
    expect(book.explain({ ...request, usage: { audio_seconds: 0 } }).lines[0]).toMatchObject({ quantity: 0, minimumApplied: false });
  });

  test('what cannot be priced is explained by its reason', () => {
    const explained = book.explain({ provider: 'openai', model: 'gpt-9', at: Date.parse('2026-07-01'), usage: { input_uncached: 1 } });
    expect(explained).toMatchObject({ lines: [], result: { status: 'unpriced' } });
    expect(explained.resolved).toBeUndefined();
  });

  test('the lists say how old they are', () => {
    expect(book.lists.map(({ layer, name, asOf }) => [layer, name, asOf])).toEqual([
      ['overlay', 'overlay', '2026-11-26'],
      ['base', 'genai-prices', '2026-11-23'],
    ]);
  });
});
