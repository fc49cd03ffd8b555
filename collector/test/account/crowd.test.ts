import type { Call } from '@tokenledger/model';
import { expect, test } from 'vitest';
import { createAccountant } from '../../src/account/accountant.ts';
import type { OtlpSpan } from '../../src/decode/otlp.ts';
import { spanOf } from '../understand/span.ts';
import { flatPrices, MemoryLedger } from './memory-ledger.ts';

const USAGE = { 'gen_ai.usage.input_tokens': 25, 'gen_ai.usage.output_tokens': 7 };
const SCOPES = ['left', 'right'] as const;

/** Each in a trace of its own, told by one of two instrumentations. */
function callOf(number: number, scope: string, startMs: number, attributes: object = {}): OtlpSpan {
  const common = { 'gen_ai.operation.name': 'chat', 'gen_ai.request.model': 'gpt-6' };
  return spanOf({ trace: number, id: number, scope, at: new Date(startMs).toISOString(), attributes: { ...common, ...attributes } });
}

async function post(spans: readonly OtlpSpan[]) {
  const ledger = new MemoryLedger();
  const options = { priceBook: flatPrices, recall: ledger.recall, soleWriterSinceMs: 0, now: () => Date.UTC(2027, 0) };
  const accountant = createAccountant(options);
  for (let at = 0; at < spans.length; at += 500)
    ledger.write(await accountant.post(spans.slice(at, at + 500).map((span) => ({ tenant: 'default', span }))));
  return ledger;
}

async function cpuMsOf(spans: readonly OtlpSpan[]): Promise<number> {
  const before = process.cpuUsage();
  await post(spans);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

const BEGAN_MS = Date.UTC(2026, 10, 23, 12);
const CALLS = 3000;
const crowds: readonly (readonly [string, object])[] = [
  ['repeat their usage', USAGE],
  ['tell no usage', {}],
  ['name one response', { ...USAGE, 'gen_ai.response.id': 'chatcmpl-0' }],
];

test.each(crowds)(
  'thousands of calls of one instant that %s cost little more than others',
  async (_, attributes) => {
    const spread = Array.from({ length: CALLS }, (__, number) =>
      callOf(number, SCOPES[number % 2] ?? '', BEGAN_MS + number * 1000, { ...USAGE, 'gen_ai.response.id': `r-${number}` }),
    );
    const crowd = Array.from({ length: CALLS }, (__, number) => callOf(number, SCOPES[number % 2] ?? '', BEGAN_MS, attributes));
    await post(spread.slice(0, 500));
    const usual = await cpuMsOf(spread);
    expect(await cpuMsOf(crowd)).toBeLessThan(Math.max(usual, 200) * 16);
  },
  120_000,
);

const CROWD = 300;
const together = [
  ['at one instant', 0],
  ['ten in a millisecond', 0.1],
  ['one in five milliseconds', 5],
] as const;
const alike = [
  ['that repeat their usage', USAGE],
  ['that tell no usage', {}],
] as const;

test.each(together.flatMap(([when, apartMs]) => alike.map(([which, attributes]) => [which, when, apartMs, attributes] as const)))(
  'in a crowd of calls %s, %s, each finds its twin, the same one in whatever order they arrive',
  async (_, __, apartMs, attributes) => {
    // One side alone knows the team.
    const spans = Array.from({ length: CROWD }, (___, number) =>
      SCOPES.map((scope, side) => {
        const team = side === 0 ? {} : { 'tokenledger.team': `team-${number % 7}` };
        const trace = (Math.imul(2 * number + side + 1, 0x9e3779b1) >>> 0) + 1;
        return callOf(trace, scope, BEGAN_MS + Math.floor(number * apartMs) + side * Math.sign(apartMs), { ...attributes, ...team });
      }),
    );
    const shuffled = spans
      .flat()
      .toSorted((left, right) => (left.spanId.split('').reverse().join('') < right.spanId.split('').reverse().join('') ? -1 : 1));
    const orders = [
      spans.flat(),
      spans.toReversed().flat(),
      [...spans.map(([left]) => left), ...spans.map(([, right]) => right)],
      shuffled,
    ];
    const bills = await Promise.all(orders.map(async (order) => (await post(order.filter((span) => span !== undefined))).sums(teamOf)));
    const calls = Object.values(bills[0] ?? {}).reduce((sum, { calls: ofTeam }) => sum + Number(ofTeam ?? 0), 0);
    expect(calls).toBe(CROWD);
    for (const bill of bills) expect(bill).toEqual(bills[0]);
  },
);

const teamOf = ({ team }: Call): string => team ?? '';
