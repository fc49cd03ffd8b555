import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { formatUsd, parseUsd } from '@tokenledger/model';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildQueryApi } from '../src/index.ts';
import { optionsWith } from './test-api.ts';

interface GoldenCase {
  readonly id: string;
  readonly provider: string;
  readonly model: string;
  readonly at: string;
  readonly service_tier?: string;
  readonly usage: Readonly<Record<string, number>>;
  readonly expected_usd: string | null;
}

interface Priced {
  readonly cost_usd: string | null;
  readonly price_status: string;
  readonly reason?: string;
  readonly charges: readonly { readonly quantity: number; readonly unit_price_usd: string; readonly amount_usd: string }[];
}

const { cases } = JSON.parse(readFileSync(join(import.meta.dirname, 'fixtures/prices.json'), 'utf8')) as { cases: readonly GoldenCase[] };

let app: FastifyInstance;
let url: string;
beforeAll(async () => {
  app = await buildQueryApi(optionsWith({}));
  url = await app.listen({ host: '127.0.0.1', port: 0 });
});
afterAll(() => app?.close());

async function price(body: unknown): Promise<{ readonly status: number; readonly answer: Priced & { readonly detail?: string } }> {
  const response = await fetch(`${url}/v1/price`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return { status: response.status, answer: (await response.json()) as Priced };
}

describe('POST /v1/price', () => {
  test.each(cases)('$id costs $expected_usd', async ({ provider, model, at, service_tier, usage, expected_usd }) => {
    const { status, answer } = await price({ provider, model, at, service_tier, usage });
    expect(status).toBe(200);
    const expected = expected_usd === null ? null : formatUsd(parseUsd(expected_usd) ?? -1n);
    expect(answer.cost_usd, JSON.stringify(answer)).toBe(expected);
    expect(answer.price_status === 'unpriced').toBe(expected_usd === null);
    if (expected_usd === null) expect(answer.reason).toBeTruthy();
    else expect(answer.charges.reduce((sum, { amount_usd }) => sum + (parseUsd(amount_usd) ?? 0n), 0n)).toBe(parseUsd(expected_usd));
  });

  test('a usage whose parts exceed their total is refused, and the message says which', async () => {
    const { status, answer } = await price({ provider: 'openai', model: 'gpt-5', usage: { input_tokens: 10, cache_read_tokens: 20 } });
    expect(status).toBe(400);
    expect(answer.detail).toBe('usage: input_tokens is 10 but its parts add up to 20');
  });

  test.each([
    [{ usage: {} }, 'provider: '],
    [{ provider: 'openai', model: 'gpt-5' }, 'usage: '],
    [{ provider: 'openai', model: 'gpt-5', usage: { input_tokens: -1 } }, 'usage.input_tokens: '],
    [{ provider: 'openai', model: 'gpt-5', usage: { input_tokens: 1.5 } }, 'usage.input_tokens: '],
    [{ provider: 'openai', model: 'gpt-5', usage: { inputTokens: 1 } }, 'usage.inputTokens: there is no such parameter'],
    [{ provider: 'openai', model: 'gpt-5', usage: {}, tenant: 'other' }, 'tenant: there is no such parameter'],
    [{ provider: 'openai', model: 'gpt-5', usage: {}, at: 'yesterday' }, 'at: is no time'],
    [{ provider: 7, model: 'gpt-5', usage: {} }, 'provider: '],
    [[], 'body: '],
  ])('%j is a 400 that names what is wrong', async (body, message) => {
    const { status, answer } = await price(body);
    expect(status).toBe(400);
    expect(answer.detail).toContain(message);
  });
});

test('GET /v1/prices gives the rate of each meter, and says why when there is none', async () => {
  const get = async (model: string) =>
    (await app.inject(`/v1/prices?provider=openai&model=${model}&at=2026-07-01`)).json<{
      rates: { meter: string; unit_price_usd: string }[];
      reason?: string;
    }>();
  const known = await get('gpt-5');
  expect(Object.fromEntries(known.rates.map(({ meter, unit_price_usd }) => [meter, unit_price_usd]))).toMatchObject({
    input_uncached: '0.00000125',
    cache_read: '0.000000125',
    output_text: '0.00001',
  });
  const unknown = await get('gpt-99-nobody-made');
  expect(unknown.rates).toEqual([]);
  expect(unknown.reason).toBeTruthy();
});
