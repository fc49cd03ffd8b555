import fc from 'fast-check';
import { expect, test } from 'vitest';
import { receiverSchema } from '../src/index.ts';
import { render, type Told } from '../src/render.ts';

const SECRETS: Readonly<Record<string, readonly string[]>> = { pagerduty: ['routing-key'] };

function rendered(
  format: 'slack' | 'teams' | 'discord' | 'pagerduty',
  alert: Pick<Told['data']['alerts'][number], 'labels' | 'annotations'>,
) {
  const receiver = receiverSchema.parse({ name: 'hook', url: 'https://hooks.example', format, secrets: SECRETS[format] ?? [] });
  const alerts = [{ ...alert, startsAt: '', endsAt: '', generatorURL: 'https://t/v1/calls', fingerprint: '0' }];
  const told: Told = { type: '', timestamp: '', data: { status: 'firing', truncatedAlerts: 0, incident: { key: 'x', firing: 1 }, alerts } };
  const body = render(receiver, { id: 'msg_x', body: JSON.stringify(told), nowMs: 0 })?.body ?? '';
  return { body, json: JSON.parse(body) as unknown };
}

/** Up to several thousand characters, of which many take two places. */
const long = fc
  .tuple(fc.constantFrom('😀', 'a😀', '<&>', '[x](https://evil.example)', '*'), fc.nat(9000))
  .map(([text, length]) => text.repeat(Math.ceil(length / text.length)));
const alert = fc.record({
  labels: fc.record({ alertname: fc.constant('spend'), team: long }),
  annotations: fc.record({
    summary: long.map((text) => `spend: ${text}`),
    value: long,
    expected: long,
    impact: long,
    why: long,
    top_contributors: long,
    window: long,
    dashboard: long.map((text) => `https://t/d/x?var-team=${encodeURIComponent(text)}`),
  }),
});

const lengths = (texts: readonly string[]) => texts.reduce((sum, text) => sum + text.length, 0);
interface Discord {
  readonly embeds: readonly { title: string; url: string; description: string; fields: readonly { name: string; value: string }[] }[];
}
interface Slack {
  readonly blocks: readonly {
    readonly text?: { readonly text: string };
    readonly fields?: readonly { readonly text: string }[];
    readonly elements?: readonly { readonly url: string }[];
  }[];
}

test('whatever an alert holds, it fits into what Slack and Discord take, and no character is cut in two', () => {
  fc.assert(
    fc.property(alert, (each) => {
      for (const format of ['slack', 'teams', 'discord', 'pagerduty'] as const)
        expect(rendered(format, each).body).not.toMatch(/\\ud[89a-f]/i);
      const [embed] = (rendered('discord', each).json as Discord).embeds;
      if (!embed) throw new Error('nothing is shown');
      const { title, description, fields, url } = embed;
      expect(lengths([title, description, ...fields.flatMap(({ name, value }) => [name, value])])).toBeLessThanOrEqual(6000);
      expect(url.length).toBeLessThanOrEqual(2048);
      for (const block of (rendered('slack', each).json as Slack).blocks) {
        expect(block.text?.text.length ?? 0).toBeLessThanOrEqual(3000);
        for (const { text } of block.fields ?? []) expect(text.length).toBeLessThanOrEqual(2000);
        for (const { url: link } of block.elements ?? []) expect(link.length).toBeLessThanOrEqual(3000);
      }
    }),
    { numRuns: 200 },
  );
});

test.each(['teams', 'discord'] as const)('on %s the name of a team is no link', (format) => {
  const annotations = { summary: 'spend of [sign in](https://evil.example)', top_contributors: '[sign in](https://evil.example)' };
  expect(rendered(format, { labels: { alertname: 'spend' }, annotations }).body).not.toContain('](');
});
