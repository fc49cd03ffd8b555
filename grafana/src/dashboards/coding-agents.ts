import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { overTime, ranked, totals } from '../ask.ts';
import { count, dollars, percent, words, type Column } from '../columns.ts';
import { dashboard } from '../dashboard.ts';
import { callsAtPoint, callsOf } from '../links.ts';
import { stat } from '../panels.ts';
import { series } from '../series.ts';
import { table } from '../table.ts';

/** The service names that Claude Code, Codex and Gemini CLI give themselves. */
const only = { service: JSON.stringify(['claude-code', 'codex', 'codex_cli_rs', 'codex_exec', 'gemini-cli']) } as const;

/** All tiles ask one question, so that it is answered once. */
const TOTALS = totals(['cost', 'calls', 'cost_per_call', 'cache_read_share', 'cache_savings'], only);

const tile = (value: Column, title: string, description: string) => stat({ title, description, ask: TOTALS, value, width: 4 });

const stacked = (by: 'service' | 'model' | 'team', title: string, description: string, width = 12) =>
  series({
    title,
    description,
    ask: overTime({ by, measures: ['cost'], only }),
    values: [dollars('cost', 'cost')],
    stacked: true,
    link: callsAtPoint(by),
    width,
  });

const SPENT_MEASURES = ['cost', 'calls', 'cost_per_call', 'cache_read_share'] as const;

export function codingAgents(): Dashboard {
  return dashboard({
    uid: 'tl-coding',
    title: 'Coding agents',
    description:
      'What developers spend with Claude Code, Codex and Gemini CLI, at list prices: on a subscription it is what the use is worth.',
    panels: [
      tile(
        dollars('cost', 'Cost'),
        'Spend',
        'Cost of the requests of coding agents in the time range, each billed once, from their log events.',
      ),
      tile(percent('cost_change', 'Change'), 'Change', 'Spend compared with the time range of the same length just before.'),
      tile(count('calls', 'Requests'), 'Requests', 'Requests that coding agents made to models.'),
      tile(dollars('cost_per_call', 'Per request'), 'Cost per request', 'Spend divided by the requests that have a price.'),
      tile(
        percent('cache_read_share', 'From cache'),
        'Read from cache',
        'Input tokens read from a cache: with long sessions it should be most of them.',
      ),
      tile(
        dollars('cache_savings', 'Saved'),
        'Savings, est.',
        "An estimate: what cached input would have cost more at its model's plain price.",
      ),
      stacked('service', 'Spend by tool', 'Cost per interval of Claude Code, Codex and Gemini CLI.'),
      stacked('model', 'Spend by model', 'Cost per interval by the model that the tool chose.'),
      table({
        title: 'Developers',
        description: 'Who uses coding agents most, by the user that the tool names.',
        ask: ranked({ by: ['user'], measures: SPENT_MEASURES, limit: 50, only }),
        columns: [
          words('user', 'Developer', { link: callsOf('user') }),
          dollars('cost', 'Cost', { gauge: true }),
          count('calls', 'Requests'),
          dollars('cost_per_call', 'Per request'),
        ],
        width: 12,
        height: 10,
      }),
      table({
        title: 'Tools and models',
        description: 'Which models each tool uses, what they cost, and how much of their input comes from a cache.',
        ask: ranked({ by: ['service', 'model'], measures: SPENT_MEASURES, limit: 50, only }),
        columns: [
          words('service', 'Tool', { link: callsOf('service'), width: 104 }),
          words('model', 'Model'),
          dollars('cost', 'Cost', { gauge: true }),
          count('calls', 'Requests'),
          percent('cache_read_share', 'From cache'),
        ],
        width: 12,
        height: 10,
      }),
      stacked('team', 'Spend by team', 'Cost per interval by team, where the tool or its environment says it.', 24),
    ],
  });
}
