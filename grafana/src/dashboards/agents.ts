import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { overTime, rows, stepRows } from '../ask.ts';
import { LETTERS } from '../colours.ts';
import { count, dollars, milliseconds, percent, plainNumber, words, type Column } from '../columns.ts';
import { dashboard } from '../dashboard.ts';
import { callsAtPoint, callsOf } from '../links.ts';
import { bars, stat } from '../panels.ts';
import { series } from '../series.ts';
import { table } from '../table.ts';

const tile = (value: Column, title: string, description: string) =>
  stat({ title, description, ask: rows('run-statistics'), value, width: 4 });

const OUTCOME_COLORS = { success: LETTERS.good, failure: LETTERS.bad } as const;

export function agents(): Dashboard {
  return dashboard({
    uid: 'tl-agents',
    title: 'Agents',
    description: 'What runs of agents cost, how many steps and tools they take, and what they achieve for it.',
    panels: [
      tile(count('runs', 'Runs'), 'Runs', 'Runs of agents with calls in the time range. A run is everything that names the same run.'),
      tile(dollars('cost', 'Cost'), 'Cost', 'What all calls of these runs cost.'),
      tile(dollars('cost_median', 'Median'), 'Median run', 'Half of the runs cost less than this. Mean and p95 are below, by agent.'),
      tile(percent('success_rate', 'Success'), 'Success rate', 'Of the runs that recorded an outcome: those that succeeded.'),
      tile(
        dollars('cost_per_success', 'Per success'),
        'Per success',
        'Cost of all runs, failed ones included, divided by the runs that succeeded: what a result really costs.',
      ),
      tile(dollars('failed_cost', 'Failed'), 'Cost of failures', 'Cost of the runs that said they failed, and never that they succeeded.'),
      series({
        title: 'Spend by agent',
        description: 'Cost per interval of calls made by an agent, stacked by agent. (none): calls of no agent.',
        ask: overTime({ by: 'agent', measures: ['cost'] }),
        values: [dollars('cost', 'cost')],
        stacked: true,
        link: callsAtPoint('agent'),
        width: 16,
      }),
      bars({
        title: 'Steps by kind',
        description: 'Steps of traces beside the calls, by kind. Model and provider filters do not count: steps have none.',
        ask: stepRows('steps', { group_by: 'step_kind', limit: '10' }),
        name: words('step_kind', 'Kind'),
        value: count('steps', 'Steps'),
        width: 8,
      }),
      table({
        title: 'Agents',
        description: 'Runs, cost, steps and success of each agent. Percentiles are of runs, and exact.',
        ask: rows('run-statistics', { group_by: 'agent' }),
        columns: [
          words('group', 'Agent', { link: callsOf('agent') }),
          count('runs', 'Runs', { width: 66 }),
          dollars('cost', 'Cost', { gauge: true }),
          dollars('cost_per_run', 'Per run'),
          dollars('cost_median', 'Median'),
          dollars('cost_p95', 'p95'),
          plainNumber('calls_per_run', 'Calls', { width: 66 }),
          plainNumber('steps_per_run', 'Steps', { width: 66 }),
          plainNumber('tool_calls_per_run', 'Tools', { width: 66 }),
          percent('success_rate', 'Success'),
          dollars('cost_per_success', 'Per success', { width: 107 }),
        ],
        width: 24,
      }),
      table({
        title: 'Most expensive runs',
        description:
          'The runs that cost most; a run with far more calls than its like may be running away. Click one for its calls, then its trace.',
        ask: rows('runs', { limit: '50' }),
        columns: [
          words('run', 'Run', { link: callsOf('run') }),
          words('agent', 'Agent'),
          words('feature', 'Feature'),
          dollars('cost', 'Cost', { gauge: true }),
          count('calls', 'Calls'),
          count('steps', 'Steps'),
          count('tool_calls', 'Tools'),
          count('errors', 'Errors'),
          words('outcome', 'Outcome', { colors: OUTCOME_COLORS }),
        ],
        width: 24,
        height: 10,
      }),
      table({
        title: 'Tools',
        description:
          'Which tools agents call, how long they take and how often they fail. Model and provider filters do not count: steps have none.',
        ask: stepRows('steps', { kind: 'tool', group_by: 'step', limit: '50' }),
        columns: [
          words('step', 'Tool'),
          count('steps', 'Calls', { gauge: true }),
          count('failed', 'Failed'),
          percent('error_rate', 'Error rate'),
          milliseconds('latency_p50', 'p50'),
          milliseconds('latency_p95', 'p95'),
        ],
        width: 12,
      }),
      table({
        title: 'Outcomes',
        description:
          'What apps recorded with recordOutcome, per feature. Cost is that of all calls of the feature, so that a success also pays for what failed. Model and provider filters do not count.',
        ask: stepRows('outcomes', { group_by: 'feature' }),
        columns: [
          words('outcome', 'Outcome'),
          words('group', 'Feature', { link: callsOf('feature') }),
          count('successes', 'Successes'),
          percent('success_rate', 'Success'),
          dollars('cost_per_success', 'Per success'),
        ],
        width: 12,
      }),
    ],
  });
}
