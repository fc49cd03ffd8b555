import { readFileSync } from 'node:fs';
import { parseUsd, toDisjointUsage, type InclusiveUsage } from '@tokenledger/model';
import { describe, expect, test } from 'vitest';
import { createPriceBook } from '../src/index.ts';

interface GoldenCase {
  readonly id: string;
  readonly provider: string;
  readonly model: string;
  readonly at: string;
  readonly service_tier?: string;
  readonly region?: string;
  readonly usage: InclusiveUsage;
  readonly expected_usd: string | null;
}

const cases = ['prices', 'neighbours', 'published'].flatMap((name) => {
  const text = readFileSync(new URL(`fixtures/${name}.json`, import.meta.url), 'utf8');
  return (JSON.parse(text) as { cases: readonly GoldenCase[] }).cases;
});
const book = createPriceBook();

describe('every golden case costs exactly its list price', () => {
  test.each(cases.map((golden) => [golden.id, golden] as const))('%s', (_, golden) => {
    const { usage, contradictions } = toDisjointUsage(golden.usage);
    expect(contradictions).toEqual([]);
    const { provider, model, region } = golden;
    const result = book.price({ provider, model, region, at: Date.parse(golden.at), serviceTier: golden.service_tier, usage });
    expect(result.cost, result.reason).toBe(golden.expected_usd === null ? null : parseUsd(golden.expected_usd));
  });
});
