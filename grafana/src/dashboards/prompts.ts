import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { rows } from '../ask.ts';
import { count, dollars, percent, plainNumber, words, type Column } from '../columns.ts';
import { dashboard, filterVariables } from '../dashboard.ts';
import { textVariable } from '../filters.ts';
import { callsOf } from '../links.ts';
import { stat } from '../panels.ts';
import { table } from '../table.ts';

const KNOWN_TO = 'Median and p95 are known to 4.5 %.';

/** What orders the rows has bars. */
const spread = (by: 'cost' | 'variation'): readonly Column[] => [
  count('calls', 'Calls', { width: 66 }),
  by === 'cost' ? dollars('cost', 'Cost', { gauge: true }) : dollars('cost', 'Cost'),
  dollars('cost_median', 'Median'),
  dollars('cost_p95', 'p95'),
  by === 'variation' ? plainNumber('variation', 'Variation', { gauge: true }) : plainNumber('variation', 'Variation'),
  plainNumber('max_to_min', 'Max / min', { width: 84 }),
  plainNumber('tail_index', 'Tail', { width: 66 }),
];

const tile = (column: Column, title: string, description: string) =>
  stat({ title, description, ask: rows('prompt-variance'), value: column, width: 6 });

const within = (by: 'feature' | 'model', description: string) =>
  table({
    title: `Unpredictable share by ${by}`,
    description,
    ask: rows('prompt-variance', { group_by: by }),
    columns: [
      words('group', by === 'feature' ? 'Feature' : 'Model', { link: callsOf(by) }),
      percent('within_share', 'Within', { gauge: true }),
      dollars('cost', 'Cost'),
    ],
    width: 8,
  });

export function prompts(): Dashboard {
  return dashboard({
    uid: 'tl-prompts',
    title: 'Same prompt, different bill',
    description: 'How far apart the bills of the very same prompt are. Prompts are told apart by keyed fingerprints: no text is stored.',
    variables: [...filterVariables(), textVariable('prompt_fingerprint')],
    panels: [
      tile(
        percent('within_share', 'Within prompts'),
        'Unpredictable share',
        'Share of the variance of cost that is between calls of the same prompt on the same model (law of total variance). What was asked explains the rest.',
      ),
      tile(
        count('repeated_prompts', 'Prompts'),
        'Repeated prompts',
        'Prompts that were sent twice or more, a prompt on two models counted twice.',
      ),
      tile(
        count('calls', 'Calls'),
        'Their calls',
        'Priced calls of repeated prompts. Calls without a fingerprint are in nothing on this page.',
      ),
      tile(dollars('cost', 'Cost'), 'Their cost', 'What the calls of repeated prompts cost.'),
      table({
        title: 'Most expensive prompts',
        description: `The same request, byte for byte, on one model. Variation is standard deviation / mean; a tail below 2 means that no average is a basis for a budget. ${KNOWN_TO}`,
        ask: rows('prompts', { order_by: 'cost', limit: '50' }),
        columns: [
          words('prompt', 'Prompt', { link: callsOf('prompt_fingerprint'), width: 92 }),
          words('feature', 'Feature'),
          words('model', 'Model', { width: 136 }),
          ...spread('cost'),
        ],
        width: 24,
        height: 10,
      }),
      table({
        title: 'Most unpredictable prompts',
        description: `The same requests as above, those whose bills differ most first. ${KNOWN_TO}`,
        ask: rows('prompts', { order_by: 'spread', limit: '50' }),
        columns: [
          words('prompt', 'Prompt', { link: callsOf('prompt_fingerprint'), width: 92 }),
          words('feature', 'Feature'),
          words('model', 'Model', { width: 136 }),
          ...spread('variation'),
        ],
        width: 24,
        height: 10,
      }),
      table({
        title: 'Templates',
        description: `Prompts with the same system prompt, tools and roles, whatever was filled in. ${KNOWN_TO}`,
        ask: rows('prompts', { by: 'prompt_template_fingerprint', order_by: 'cost', limit: '50' }),
        columns: [
          words('prompt', 'Template', { link: callsOf('prompt_template_fingerprint'), width: 92 }),
          words('prompt_name', 'Name'),
          words('feature', 'Feature'),
          words('model', 'Model', { width: 136 }),
          ...spread('cost').filter(({ selector }) => selector !== 'max_to_min'),
        ],
        width: 24,
        height: 10,
      }),
      table({
        title: 'How many calls cost how much',
        description:
          'Calls by what they cost, a row for each doubling; of one prompt if its fingerprint is set above, else of all that have one.',
        ask: rows('cost-histogram', { prompt_fingerprint: '${prompt_fingerprint}' }),
        columns: [words('bucket', 'Cost'), count('calls', 'Calls', { gauge: true, width: 220 })],
        width: 8,
      }),
      within(
        'feature',
        'Share of the variance of cost that is within prompts, per feature: where budgets cannot be planned by counting calls.',
      ),
      within('model', 'Share of the variance of cost that is within prompts, per model that answered them.'),
    ],
  });
}
