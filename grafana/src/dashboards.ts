import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { agents } from './dashboards/agents.ts';
import { allocation } from './dashboards/allocation.ts';
import { budgets } from './dashboards/budgets.ts';
import { call } from './dashboards/call.ts';
import { calls } from './dashboards/calls.ts';
import { codingAgents } from './dashboards/coding-agents.ts';
import { goldenSignals } from './dashboards/golden-signals.ts';
import { ledgerHealth } from './dashboards/ledger-health.ts';
import { overview } from './dashboards/overview.ts';
import { prompts } from './dashboards/prompts.ts';
import { tokens } from './dashboards/tokens.ts';
import { trace } from './dashboards/trace.ts';

/** Every dashboard by the name of its file, in the order of the navigation. */
export const DASHBOARDS: Readonly<Record<string, () => Dashboard>> = {
  overview,
  allocation,
  tokens,
  prompts,
  'golden-signals': goldenSignals,
  agents,
  'coding-agents': codingAgents,
  budgets,
  'ledger-health': ledgerHealth,
  calls,
  trace,
  call,
};
