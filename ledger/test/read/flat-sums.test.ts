/** What is added and ranked here instead of in ClickHouse; spend.test.ts holds both against the plain sums of entries. */
import { formatUsd, parseUsd } from '@tokenledger/model';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { addDecimals } from '../../src/read/add-decimals.ts';
import { NOTHING } from '../../src/read/sums.ts';
import { ranked } from '../../src/read/flat-sums.ts';

const amount = fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n });
const request = { segments: [], stepMs: null, groupBy: ['model'], measures: ['cost'], filters: {}, limit: 10 } as const;
const groupOf = (name: string, cost: bigint, calls = 1, unpriced = 0) => ({
  group: [name],
  bucketMs: null,
  sums: { ...NOTHING, cost, calls, unpriced_calls: unpriced },
});

describe('sums of several tables', () => {
  test('decimals of any size, sign and length add up to the last digit', () => {
    fc.assert(
      fc.property(amount, amount, (a, b) => {
        expect(parseUsd(addDecimals(formatUsd(a), formatUsd(b)))).toBe(a + b);
      }),
    );
    expect(addDecimals('-0.000001', '0.000001')).toBe('0.000000');
    expect(addDecimals('-0.5', '-12')).toBe('-12.5');
    expect(addDecimals('9007199254740993', '1')).toBe('9007199254740994');
  });

  test('groups are ranked exactly, the unknown last either way, the equal by the bytes of their names', () => {
    const groups = [
      groupOf('dark', 0n, 1, 1),
      groupOf('\u{1F600}', 10n ** 20n),
      groupOf('\uFFFD', 10n ** 20n),
      groupOf('a', 10n ** 20n + 1n),
      groupOf('nothing', 0n, 0),
    ];
    const names = (direction: 'asc' | 'desc') => ranked(groups, { ...request, orderBy: 'cost', direction }).map(({ group }) => group[0]);
    expect(names('desc')).toEqual(['a', '\uFFFD', '\u{1F600}', 'dark']);
    expect(names('asc')).toEqual(['\uFFFD', '\u{1F600}', 'a', 'dark']);
  });
});
