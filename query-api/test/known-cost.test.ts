import type { Trace } from '@tokenledger/ledger';
import { expect, test } from 'vitest';
import { knownCost, knownCosts } from '../src/known-cost.ts';
import { callOf, stepOf } from './test-api.ts';

const DOLLAR = 10n ** 12n;
const call = (depth: number, cost: bigint | null, billable = true) =>
  ({ depth, subtreeCost: cost ?? 0n, span: { call: callOf({ cost, billable }) } }) as unknown as Trace[number];
const step = (depth: number, subtreeCost = 0n) =>
  ({ depth, subtreeCost, span: { step: stepOf({ name: 'step', kind: 'agent' }) } }) as Trace[number];

test('what has no price is not 0, neither by itself nor summed up; what calls nothing is', () => {
  const trace = [step(0), step(1), call(2, null), step(1)];
  expect(knownCosts(trace)).toEqual([null, null, null, 0n]);
  expect(knownCost(trace)).toBeNull();
});

test('the known part of a sum is told', () => {
  const trace = [step(0, DOLLAR), call(1, DOLLAR), step(1), call(2, null)];
  expect(knownCosts(trace)).toEqual([DOLLAR, DOLLAR, null, null]);
  expect(knownCost(trace)).toBe(DOLLAR);
});

test('a wrapper that is not billed hides no unknown price, and one root beside another neither', () => {
  expect(knownCost([call(0, 0n, false), call(1, null)])).toBeNull();
  expect(knownCost([step(0), call(0, null)])).toBeNull();
  expect(knownCost([step(0)])).toBe(0n);
});
