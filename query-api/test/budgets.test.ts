import { expect, test } from 'vitest';
import type { AlertsOfTenant, OutlookFacts } from '../src/alerts-view.ts';
import { startQueryApi } from '../src/index.ts';
import { optionsWith } from './test-api.ts';

const outlook = (spent: OutlookFacts['spent']): OutlookFacts => ({
  labels: {},
  period: { from: 0, to: 86_400_000 },
  spent,
  paceShare: 0.5,
  state: 'ok',
  forecastUsd: 0,
});

test('of a budget whose calls all lack a price nobody knows how much is used', async () => {
  const rule = { name: 'team', condition: { period: 'month', amount_usd: '4' } };
  const budgets: AlertsOfTenant['budgets'] = async () => [{ rule, outlooks: [outlook(null), outlook(1_000_000_000_000n)] }];
  const api = await startQueryApi(optionsWith({ alerts: { forTenant: () => ({ budgets }) as AlertsOfTenant } }));
  try {
    const answer = await fetch(`${api.url}/v1/grafana/budgets`);
    expect(((await answer.json()) as { rows: unknown }).rows).toMatchObject([
      { spent: null, used_share: null, burn_rate: null },
      { spent: '1', used_share: 0.25, burn_rate: 0.5 },
    ]);
  } finally {
    await api.stop();
  }
});
