import { readFileSync } from 'node:fs';
import { formatUsd, type PriceRequest } from '@tokenledger/model';
import { describe, expect, test } from 'vitest';
import { createPriceBook } from '../src/index.ts';
import { readOverrides, validateOverrides } from '../src/overrides/index.ts';

const at = Date.parse('2026-07-01T12:00:00Z');
const million = { input_uncached: 1_000_000, output_text: 1_000_000 };

function bookWith(yaml: string) {
  const read = readOverrides(yaml);
  if (!read.ok) throw new Error(JSON.stringify(read.problems));
  return createPriceBook({ lists: read.lists });
}
const priced = (yaml: string, request: Partial<PriceRequest>) => {
  const result = bookWith(yaml).price({ provider: 'openai', model: 'gpt-5', at, usage: million, ...request });
  return {
    status: result.status,
    usd: result.cost === null ? null : formatUsd(result.cost),
    charges: result.charges,
    reason: result.reason,
  };
};

describe('contract discounts', () => {
  const yaml = `
contracts:
  - { id: acme-2026, provider: OpenAI, discount: 12.5%, from: 2026-01-01, to: 2027-01-01 }
  - { id: acme-team, provider: openai, accounts: [org-team], discount: 50% }
  - { id: acme-search, provider: openai, meters: [web_searches], discount: 20% }
`;
  test('a percentage is taken off every list price', () => {
    expect(priced(yaml, {})).toMatchObject({ status: 'contract', usd: '9.84375' });
    expect(priced(yaml, { serviceTier: 'batch' })).toMatchObject({ status: 'contract', usd: '4.921875' });
  });
  test('only while it is in force', () => {
    expect(priced(yaml, { at: Date.parse('2025-12-31') })).toMatchObject({ status: 'exact', usd: '11.25' });
  });
  test('an account of its own goes before all accounts, a meter of its own before all meters', () => {
    expect(priced(yaml, { account: 'org-team' })).toMatchObject({ status: 'contract', usd: '5.625' });
    expect(priced(yaml, { usage: { web_searches: 1_000 } })).toMatchObject({ status: 'contract', usd: '8' });
  });
  test('another provider is not discounted', () => {
    expect(priced(yaml, { provider: 'anthropic', model: 'claude-opus-4-6' })).toMatchObject({ status: 'exact' });
  });
  test('the charge says which contract and which list it came from', () => {
    const [charge] = priced(yaml, {}).charges;
    expect(charge).toMatchObject({ priceId: 'openai/gpt-5 * acme-2026', unitPriceUsd: '0.00000109375' });
    expect(charge?.source).toMatch(/^genai-prices@0\.2\.3 \+ contracts@[0-9a-f]{12}$/);
  });
});

describe('contract rates', () => {
  const yaml = `
contracts:
  - id: acme-rates
    provider: openai
    models: [gpt-5, gpt-4o-2024-08-06]
    rates: { input_uncached: 1/M, output_text: 8/M }
  - { id: acme-rest, provider: openai, discount: 10% }
`;
  test('replace the list price, and are not discounted again', () => {
    expect(priced(yaml, {})).toMatchObject({ status: 'contract', usd: '9' });
  });
  test('leave what they do not name to the layers below', () => {
    expect(priced(yaml, { usage: { cache_read: 1_000_000 } })).toMatchObject({ status: 'contract', usd: '0.1125' });
  });
  test('carry the discount of the batch tier', () => {
    expect(priced(yaml, { serviceTier: 'batch' })).toMatchObject({ status: 'contract', usd: '4.5' });
  });
  test('for a snapshot are for that snapshot alone', () => {
    expect(priced(yaml, { model: 'gpt-4o-2024-08-06' })).toMatchObject({ usd: '9' });
    expect(priced(yaml, { model: 'gpt-4o-2024-11-20' })).toMatchObject({ usd: '11.25' });
  });
});

test('a contract goes before a list, however specific the list is', () => {
  const yaml = 'contracts:\n  - { id: zzz, provider: deepseek, models: [deepseek-v4-flash], rates: { input_uncached: 9/M } }';
  const peak = {
    provider: 'deepseek',
    model: 'deepseek-v4-flash',
    at: Date.parse('2026-11-20T07:00:00Z'),
    usage: { input_uncached: 1_000_000 },
  };
  expect(priced(yaml, peak)).toMatchObject({ status: 'contract', usd: '9' });
});

test('a complete card hides what lies behind it', () => {
  const yaml = 'cards:\n  - { id: own, provider: openai, model: gpt-5, rates: { input_uncached: 1/M }, complete: true }';
  expect(priced(yaml, { usage: { input_uncached: 1_000_000 } }).usd).toBe('1');
  expect(priced(yaml, { usage: { output_text: 1 } })).toMatchObject({ status: 'unpriced' });
  expect(priced(yaml.replace(', complete: true', ''), { usage: { output_text: 1 } })).toMatchObject({ status: 'exact' });
});

describe('names that only the operator knows', () => {
  const yaml = `
deployments:
  - { provider: azure, name: Acme-Prod-Chat, model: gpt-4o-2024-08-06 }
  - { provider: azure, name: 'acme-eu-*', model: gpt-4o-2024-08-06, region: datazone }
  - { provider: azure, name: acme-moved, model: gpt-4o, to: 2026-06-01 }
  - { provider: azure, name: acme-moved, model: gpt-5, from: 2026-06-01 }
  - { provider: bedrock, name: 'arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc', model: us.anthropic.claude-sonnet-4-5-20250929-v1:0 }
  - { provider: acme-gateway, name: smart, model: claude-opus-4-6, to_provider: anthropic }
`;
  test.each([
    ['azure.ai.openai', 'acme-prod-chat', '1.25'],
    ['azure', 'acme-eu-west', '1.375'],
    ['azure', 'acme-moved', '1.125'],
    ['aws.bedrock', 'arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc', '1.98'],
    ['acme-gateway', 'smart', '3'],
  ])('%s %s', (provider, model, usd) => {
    const usage = { input_uncached: 100_000, output_text: 100_000 };
    expect(priced(yaml, { provider, model, usage })).toMatchObject({ status: 'alias', usd });
  });
  test('a name without a map stays unpriced', () => {
    expect(priced(yaml, { provider: 'azure', model: 'acme-other' })).toMatchObject({ status: 'unpriced', usd: null });
  });
});

describe('models of one’s own', () => {
  const yaml = `
custom_models:
  - { provider: acme, model: Llama-Legal, ids: [llama-legal-v2], rates: { input_uncached: 0.2/M, output_text: 0.6/M } }
  - { provider: ollama, model: qwen3, free: true }
  - provider: vllm
    model: llama-3.3-70b
    self_hosted: { gpu_hour_usd: '2.5', gpus: '4', host_hour_usd: '2', input_tokens_per_hour: '8000000', output_tokens_per_hour: '1000000' }
`;
  test('have the price their operator says', () => {
    expect(priced(yaml, { provider: 'Acme', model: 'llama-legal' })).toMatchObject({ status: 'exact', usd: '0.8' });
    expect(priced(yaml, { provider: 'acme', model: 'llama-legal-v2' })).toMatchObject({ status: 'exact', usd: '0.8' });
  });
  test('a price of zero is a price, and says so', () => {
    const free = priced(yaml, { provider: 'ollama', model: 'qwen3' });
    expect(free).toMatchObject({ status: 'exact', usd: '0' });
    expect(free.charges.map(({ unitPriceUsd }) => unitPriceUsd)).toEqual(['0', '0']);
  });
  test('GPU hours become token prices that add up to the hour', () => {
    const hour = priced(yaml, { provider: 'vllm', model: 'llama-3.3-70b', usage: { input_uncached: 8_000_000, output_text: 1_000_000 } });
    expect(hour).toMatchObject({ status: 'exact', usd: '12' });
  });
});

test('whole cards, rules and aliases can be written where the sections do not suffice', () => {
  const yaml = `
cards:
  - { id: acme/night, provider: acme, model: m, rates: { input_uncached: 1/M }, window: { from: '22:00', to: '06:00' } }
  - { id: acme/day, provider: acme, model: m, rates: { input_uncached: 2/M }, contextTiers: [{ above: 100, rates: { input_uncached: 3/M } }] }
rules:
  - { id: acme-urgent, kind: service_tier, serviceTiers: [urgent], providers: [acme], multiply: '2' }
`;
  const usage = { input_uncached: 100 };
  expect(priced(yaml, { provider: 'acme', model: 'm', usage }).usd).toBe('0.0002');
  expect(priced(yaml, { provider: 'acme', model: 'm', usage, at: Date.parse('2026-07-01T23:00:00Z') }).usd).toBe('0.0001');
  expect(priced(yaml, { provider: 'acme', model: 'm', usage: { input_uncached: 101 } }).usd).toBe('0.000303');
  expect(priced(yaml, { provider: 'acme', model: 'm', usage, serviceTier: 'urgent' }).usd).toBe('0.0004');
});

test('the example file is valid, and prices what it says', () => {
  const yaml = readFileSync(new URL('../examples/overrides.yaml', import.meta.url), 'utf8');
  expect(validateOverrides(yaml)).toEqual([]);
  expect(priced(yaml, { account: 'proj_research' }).usd).toBe('5.625');
  expect(priced(yaml, { provider: 'azure', model: 'gpt-4o', serviceTier: 'provisioned' })).toMatchObject({
    status: 'contract',
    usd: '5.5',
  });
  expect(priced(yaml, { provider: 'acme', model: 'voice', usage: { audio_seconds: 3600 } }).usd).toBe('0.24');
  expect(
    priced(yaml, { provider: 'acme', model: 'voice', usage: { audio_seconds: 3600 }, at: Date.parse('2026-07-03T23:00:00Z') }).usd,
  ).toBe('0.12');
  expect(
    priced(yaml, { provider: 'acme', model: 'voice', usage: { audio_seconds: 3600 }, at: Date.parse('2026-07-04T23:00:00Z') }).usd,
  ).toBe('0.24');
});

describe('an overrides file is checked as a whole, every problem at once', () => {
  test('unknown keys, wrong prices, missing parts', () => {
    const problems = validateOverrides(`contracts:
  - id: a
    provider: openai
    discount: 150%
  - id: a
    provider: openai
custom_models:
  - provider: acme
    model: m
    rates: { input_uncached: 1.25, tokens: 1/M }
    ratess: {}
deploymnets: []
`);
    const at = problems.map(({ path, line }) => `${path}:${line}`);
    expect(at).toEqual(expect.arrayContaining(['contracts.0.discount:4', 'contracts.1:5', 'custom_models.0.rates.input_uncached:10']));
    expect(problems.map(({ message }) => message).join('\n')).toMatch(/12\.5%[\s\S]*discount[\s\S]*1\.25\/M/);
    expect(problems.length).toBeGreaterThanOrEqual(6);
  });
  test('what is listed twice', () => {
    expect(
      validateOverrides('contracts:\n  - { id: a, provider: openai, discount: 5% }\n  - { id: a, provider: xai, discount: 5% }\n'),
    ).toEqual([{ path: 'contracts.1', message: 'contract a is listed twice', line: 3 }]);
  });
  test('text that is no YAML, with its line', () => {
    expect(validateOverrides('contracts:\n  - { id: a')[0]).toMatchObject({ path: '', line: expect.any(Number) });
  });
  test('an empty file is fine', () => {
    expect(validateOverrides('')).toEqual([]);
  });
  test('JSON is YAML', () => {
    expect(validateOverrides('{"contracts":[{"id":"a","provider":"openai","discount":"5%"}]}')).toEqual([]);
  });
});

test('two books of the same data have the same version, another contract another', () => {
  const five = () => bookWith('contracts:\n  - { id: a, provider: openai, discount: 5% }').version;
  const six = bookWith('contracts:\n  - { id: a, provider: openai, discount: 6% }').version;
  expect(five()).toBe(five());
  expect(five()).not.toBe(six);
});
