import type { Receiver } from './receiver.ts';
import { signedHeaders } from './sign.ts';

/** What the outbox holds: the body of our own webhook. Other formats are made of it when it is sent. */
export interface Told {
  readonly type: string;
  readonly timestamp: string;
  readonly data: {
    readonly status: 'firing' | 'resolved';
    readonly truncatedAlerts: number;
    readonly incident: { readonly key: string; readonly firing: number };
    readonly alerts: readonly {
      readonly labels: Readonly<Record<string, string>>;
      readonly annotations: Readonly<Record<string, string>>;
      readonly startsAt: string;
      readonly endsAt: string;
      readonly generatorURL: string;
      readonly fingerprint: string;
    }[];
  };
}

export interface Rendered {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

interface Letter {
  readonly id: string;
  readonly body: string;
  readonly nowMs: number;
}

/** The request that tells a receiver in its own format. Pure. `undefined`: this format has no words for it. */
export function render({ format, secrets }: Receiver, { id, body, nowMs }: Letter): Rendered | undefined {
  if (format === 'webhook' || format === 'alertmanager')
    return { headers: signedHeaders(id, Math.floor(nowMs / 1000), body, secrets), body };
  const told = JSON.parse(body) as Told;
  // PagerDuty knows incidents, not their parts: one ends with its last.
  if (format === 'pagerduty' && told.data.status === 'resolved' && told.data.incident.firing > 0) return undefined;
  return { headers: {}, body: JSON.stringify(FORMATS[format](summaryOf(told), secrets[0] ?? '')) };
}

interface Summary {
  readonly isFiring: boolean;
  readonly title: string;
  readonly text: string;
  readonly facts: readonly (readonly [string, string])[];
  readonly link: string;
  readonly severity: string;
  readonly incident: string;
  readonly startsAt: string;
}

const SHOWN_FACTS = ['value', 'expected', 'impact', 'why', 'top_contributors', 'window'] as const;

function summaryOf({ data }: Told): Summary {
  const alert = data.alerts[0];
  const { labels = {}, annotations = {}, generatorURL = '', startsAt = '' } = alert ?? {};
  const isFiring = data.status === 'firing';
  const count = data.alerts.length + data.truncatedAlerts;
  return {
    isFiring,
    title: `${isFiring ? 'FIRING' : 'RESOLVED'} ${labels['alertname'] ?? ''}${count > 1 ? ` (${count} series)` : ''}`,
    text: count > 1 ? severalOf(data, count) : (annotations['summary'] ?? ''),
    facts: SHOWN_FACTS.flatMap((name) => (annotations[name] ? [[name.replaceAll('_', ' '), annotations[name]] as const] : [])),
    link: annotations['dashboard'] ?? generatorURL,
    severity: labels['severity'] ?? 'warning',
    incident: data.incident.key,
    startsAt,
  };
}

const MOST_LISTED = 5;

/** `team=a: …` for the first few, and how many more there are. */
function severalOf({ alerts }: Told['data'], count: number): string {
  const lines = alerts.slice(0, MOST_LISTED).map(({ labels, annotations }) => {
    const series = Object.entries(labels).filter(([name]) => name !== 'alertname' && name !== 'severity');
    return `${series.map(([name, value]) => `${name}=${value}`).join(' ')}: ${annotations['summary'] ?? ''}`;
  });
  return [...lines, ...(count > lines.length ? [`and ${count - lines.length} more`] : [])].join('\n');
}

/** Not in the middle of a character: half of one is no text. */
const cut = (text: string, most: number) => (text.length <= most ? text : `${text.slice(0, most - 1).replace(/[\ud800-\udbff]$/, '')}…`);
/** A link that is too long leads to the page alone. */
const cutLink = (link: string, most: number) => (link.length <= most ? link : link.replace(/\?.*/s, ''));
/** Markdown's `[text](link)`: the name of a team must not lead anywhere. */
const unlinked = (text: string) => text.replaceAll('](', ']\u200b(');
/** Slack's markup: these three characters begin mentions and links. */
const escapeSlack = (text: string) => text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
const RED = 0xd0_36_2d;
const GREEN = 0x2e_a0_43;

const FORMATS: Readonly<Record<'slack' | 'teams' | 'discord' | 'pagerduty', (summary: Summary, secret: string) => object>> = {
  slack: ({ title, text, facts, link }) => ({
    text: cut(escapeSlack(`${title}: ${text}`), 3000),
    blocks: [
      { type: 'header', text: { type: 'plain_text', text: cut(title, 150) } },
      { type: 'section', text: { type: 'mrkdwn', text: cut(escapeSlack(text), 3000) } },
      ...(facts.length > 0
        ? [
            {
              type: 'section',
              fields: facts.map(([name, value]) => ({ type: 'mrkdwn', text: cut(`*${name}*\n${escapeSlack(value)}`, 2000) })),
            },
          ]
        : []),
      { type: 'actions', elements: [{ type: 'button', text: { type: 'plain_text', text: 'Dashboard' }, url: cutLink(link, 3000) }] },
    ],
  }),
  // Workflows take an Adaptive Card; the MessageCard of the retired connectors is not accepted.
  teams: ({ isFiring, title, text, facts, link }) => ({
    type: 'message',
    attachments: [
      {
        contentType: 'application/vnd.microsoft.card.adaptive',
        contentUrl: null,
        content: {
          $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
          type: 'AdaptiveCard',
          version: '1.4',
          body: [
            { type: 'TextBlock', size: 'Large', weight: 'Bolder', color: isFiring ? 'Attention' : 'Good', text: title },
            { type: 'TextBlock', wrap: true, text: unlinked(text) },
            { type: 'FactSet', facts: facts.map(([name, value]) => ({ title: name, value: unlinked(value) })) },
          ],
          actions: [{ type: 'Action.OpenUrl', title: 'Dashboard', url: link }],
        },
      },
    ],
  }),
  discord: ({ isFiring, title, text, facts, link }) => ({
    content: cut(title, 2000),
    // Nobody can be pinged by the name of a team.
    allowed_mentions: { parse: [] },
    embeds: [
      {
        title: cut(title, 256),
        url: cutLink(link, 2048),
        // 6000 characters together.
        description: cut(unlinked(text), 2000),
        color: isFiring ? RED : GREEN,
        fields: facts.map(([name, value]) => ({ name, value: cut(unlinked(value), 500) })),
      },
    ],
  }),
  pagerduty: ({ isFiring, title, text, facts, link, severity, incident, startsAt }, routingKey) => ({
    routing_key: routingKey,
    event_action: isFiring ? 'trigger' : 'resolve',
    dedup_key: incident,
    payload: {
      summary: cut(`${title}: ${text}`, 1024),
      source: 'tokenledger',
      severity,
      timestamp: startsAt,
      custom_details: Object.fromEntries(facts),
    },
    links: [{ href: link, text: 'Dashboard' }],
  }),
};
