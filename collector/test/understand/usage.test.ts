import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Profile } from '../../src/understand/dialect.ts';
import { observe } from '../../src/understand/observe.ts';
import { COUNT_FIELDS, type Counts } from '../../src/understand/reading.ts';
import { readUsage } from '../../src/understand/usage.ts';
import { inVersions } from '../../src/understand/versions.ts';
import { spanOf } from './span.ts';

const reading = fc.constantFrom<Profile['input']>('inclusive', 'exclusive', 'disjoint', 'unknown');
const profile = fc.record({
  name: fc.constant('test'),
  input: reading,
  output: reading,
  basis: fc.constantFrom<Profile['basis']>('measured', 'documented', 'assumed'),
});
const counts = fc.record(
  Object.fromEntries(COUNT_FIELDS.map((field) => [field, fc.option(fc.nat(10_000), { nil: undefined })])),
) as fc.Arbitrary<Counts>;

test('whatever is read: buckets are whole numbers ≥ 0, and no bucket appears from nothing', () => {
  fc.assert(
    fc.property(counts, profile, fc.constantFrom('openai', 'anthropic', 'gcp.gemini', ''), (read, how, provider) => {
      const { usage } = readUsage(read, how, provider, 'chat');
      for (const quantity of Object.values(usage)) expect(Number.isInteger(quantity) && quantity >= 0).toBe(true);
      if (Object.values(read).every((count) => count === undefined)) expect(usage).toEqual({});
    }),
    { numRuns: 2000 },
  );
});

/** One bill of a provider, as emitters of either kind would tell it. */
const bill = fc.record({
  uncached: fc.nat(9999),
  cacheRead: fc.nat(9999),
  cacheWrite: fc.nat(9999),
  text: fc.nat(9999),
  reasoning: fc.nat(9999),
});

test('an inclusive and an exclusive emitter of one bill give the same buckets', () => {
  fc.assert(
    fc.property(bill, ({ uncached, cacheRead, cacheWrite, text, reasoning }) => {
      const truth = { input_uncached: uncached, cache_read: cacheRead, cache_write: cacheWrite, output_text: text, reasoning };
      const parts = { cacheRead, cacheWrite, reasoning };
      const measured = { name: 'test', basis: 'measured' } as const;
      const inclusive = readUsage(
        { ...parts, input: uncached + cacheRead + cacheWrite, output: text + reasoning },
        { ...measured, input: 'inclusive', output: 'inclusive' },
        '',
        'chat',
      );
      const exclusive = readUsage(
        { ...parts, input: uncached, output: text },
        { ...measured, input: 'exclusive', output: 'exclusive' },
        '',
        'chat',
      );
      expect(inclusive.usage).toEqual(truth);
      expect(exclusive.usage).toEqual(truth);
    }),
  );
});

test('an unknown emitter that tells the provider’s total is read right, either way', () => {
  fc.assert(
    fc.property(bill, ({ uncached, cacheRead, cacheWrite, text, reasoning }) => {
      const unknown = { name: 'test', basis: 'assumed', input: 'unknown', output: 'unknown' } as const;
      const total = uncached + cacheRead + cacheWrite + text + reasoning;
      const parts = { cacheRead, cacheWrite, reasoning, total };
      const { usage } = readUsage({ ...parts, input: uncached, output: text }, unknown, '', 'chat');
      fc.pre(cacheRead + cacheWrite > 0 && reasoning > 0 && text + cacheRead + cacheWrite !== total);
      expect(usage).toEqual({ input_uncached: uncached, cache_read: cacheRead, cache_write: cacheWrite, output_text: text, reasoning });
    }),
  );
});

test('version ranges', () => {
  expect(inVersions('4.3.19', '>=4 <6')).toBe(true);
  expect(inVersions('6.0.0-beta.1', '>=4 <6')).toBe(false);
  expect(inVersions('v1.10', '>1.9 <=1.10')).toBe(true);
  expect(inVersions('', '>=4 <6')).toBe(true);
  expect(() => inVersions('1', '^1')).toThrow();
});

describe('names from telemetry that are names of object properties', () => {
  test.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])('%s is a plain name', (name) => {
    const attributes = {
      'gen_ai.operation.name': name,
      'gen_ai.provider.name': name,
      'gen_ai.request.model': `${name}-1`,
      'gen_ai.usage.input_tokens': 1,
      [`tokenledger.tag.${name}`]: name,
      [`tokenledger.usage.${name}`]: 5,
    };
    const observation = observe(spanOf({ scope: name, name, attributes, resource: { 'service.name': name } }));
    expect(observation).toMatchObject({ role: 'inference', operation: name, provider: name.toLowerCase(), usage: { input_uncached: 1 } });
    expect(Object.entries(observation.tags ?? {})).toEqual([[name, name]]);
    expect(typeof ({} as Record<string, unknown>)['polluted']).toBe('undefined');
  });
});

test.each(['audioCacheRead', 'imageCacheRead', 'compactionInput'] as const)('an input of 0 beside %s is told', (part) => {
  const { usage, flags } = readUsage(
    { input: 0, output: 10, [part]: 500 },
    { name: 'test', basis: 'measured', input: 'exclusive', output: 'inclusive' },
    '',
    'chat',
  );
  expect(flags).not.toContain('input_untold');
  expect(Object.values(usage).reduce((sum, quantity) => sum + quantity, 0)).toBe(510);
});
