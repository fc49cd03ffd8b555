import type { SpendQuery, TenantReader } from '@tokenledger/ledger';
import { expect, test } from 'vitest';
import { sharingReader } from '../src/sharing-reader.ts';

function counting({ truncated = false } = {}) {
  const asked: SpendQuery[] = [];
  const reader = {
    spend: async (query: SpendQuery) => {
      asked.push(query);
      return { rows: [{ dimensions: {}, measures: { cost: 1n, calls: 2, errors: 3 } }], stepMs: null, truncated, sources: [] };
    },
  } as Partial<TenantReader> as TenantReader;
  return { asked, reader: sharingReader(reader) };
}
const hour = { from: 0, to: 3_600_000, interval: 'none', groupBy: ['team'] } as const;

test('questions that differ only in what they measure are one query, and what was asked before is not asked again', async () => {
  const { asked, reader } = counting();
  const answers = await Promise.all(['cost', 'calls', 'cost'].map((name) => reader.spend({ ...hour, measures: [name] })));
  expect(answers).toHaveLength(3);
  await reader.spend({ ...hour, measures: ['calls'] });
  expect(asked.map(({ measures }) => measures)).toEqual([['cost', 'calls']]);
});

test('other windows, groups and filters are other questions', async () => {
  const { asked, reader } = counting();
  const others = [{}, { to: 60_000 }, { groupBy: ['model'] as const }, { filters: { team: ['a'] } }];
  await Promise.all(others.map((other) => reader.spend({ ...hour, ...other, measures: ['cost'] })));
  expect(asked).toHaveLength(4);
});

test('where not all groups came, each gets those that its own measure ranks highest', async () => {
  const { asked, reader } = counting({ truncated: true });
  await Promise.all([reader.spend({ ...hour, measures: ['cost'] }), reader.spend({ ...hour, measures: ['calls'] })]);
  expect(asked.map(({ measures }) => measures)).toEqual([['cost', 'calls'], ['calls']]);
});

test('a question that cannot be answered fails for everybody who asked it', async () => {
  const reader = sharingReader({ spend: async () => Promise.reject(new Error('away')) } as Partial<TenantReader> as TenantReader);
  const answers = await Promise.allSettled([reader.spend({ ...hour, measures: ['cost'] }), reader.spend({ ...hour, measures: ['calls'] })]);
  expect(answers.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
});
