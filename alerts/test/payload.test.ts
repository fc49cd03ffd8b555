import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ruleSchema } from '../src/index.ts';
import { DASHBOARDS, linksOf, TRACE } from '../src/links.ts';
import { toPayload } from '../src/payload.ts';
import type { Told } from '../src/render.ts';

const AT = Date.parse('2026-11-20T12:00:00Z');
const rule = (over: object = {}) =>
  ruleSchema.parse({
    name: 'spend',
    measure: 'cost',
    group_by: ['team', 'user'],
    filters: { model: 'gpt-5' },
    condition: { kind: 'threshold', above: '10' },
    ...over,
  });

function annotationsOf(over: object, labels: Record<string, string> = {}): Readonly<Record<string, string>> {
  const alert = {
    id: 'x',
    tenant: 'default',
    rule: 'spend',
    fingerprint: '0',
    labels: { alertname: 'spend', severity: 'warning', team: 'search', user: 'u 1', ...labels },
    state: { phase: 'firing' as const, since: AT },
    reason: 'too much',
    told: false,
    incident: '',
    receivers: [],
    facts: { value: '12 USD', threshold: 'above 10 USD' },
  };
  const body = toPayload({
    rule: rule(over),
    alerts: [{ alert, startedMs: AT, window: { from: AT - 3_600_000, to: AT } }],
    status: 'firing',
    incident: { key: '0', firing: 1 },
    now: AT,
    publicUrl: 'https://t',
  });
  return (JSON.parse(body) as Told).data.alerts[0]?.annotations ?? {};
}

test('templates of a rule are filled with labels and facts; nothing that is filled in is looked at again', () => {
  const filled = annotationsOf({ annotations: { hint: '{{ team }}: {{value}}, {{ threshold }} {{ why }}' } }, { team: '{{ severity }}' });
  expect(filled['hint']).toBe('{{ severity }}: 12 USD, above 10 USD ');
  expect(annotationsOf({ annotations: { hint: '{{ team }}' } }, { team: 'x'.repeat(50_000) })['hint']).toHaveLength(2000);
  expect(annotationsOf({ annotations: { hint: '{{ team }}' } }, { team: `x${'😀'.repeat(2000)}` })['hint']).toMatch(/^x[😀]+\ufffd$/u);
});

test.each(['{{ tema }}', '{{ constructor }}'])('a template that names what no alert of the rule has is refused: %s', (template) => {
  expect(() => rule({ annotations: { hint: template } })).toThrow(/neither a label/);
  expect(() => rule({ description: template })).toThrow(/neither a label/);
});

test('links lead to the time and the series of the alert', () => {
  const { dashboard = '', calls = '' } = annotationsOf({});
  const [page, list] = [new URL(dashboard), new URL(calls)];
  expect(page.pathname).toBe('/d/tl-calls'); // the first that can be narrowed to a user
  expect(Object.fromEntries(page.searchParams)).toEqual({
    from: String(AT - 3_600_000),
    to: String(AT),
    'var-team': 'search',
    'var-user': 'u 1',
    'var-model': 'gpt-5',
  });
  expect(Object.fromEntries(list.searchParams)).toMatchObject({ team: 'search', user: 'u 1', model: 'gpt-5' });
});

test('links lead to the series of nobody, and of a team that is called All', () => {
  const place = { window: { from: 1, to: 2 }, publicUrl: 'http://localhost' };
  const of = (team: string) => {
    const { dashboard, calls } = linksOf({ ...place, rule: { group_by: ['team'], filters: { model: ['a', 'b'] } }, labels: { team } });
    const [page, list] = [new URL(dashboard).searchParams, new URL(calls).searchParams];
    return [page.get('var-team'), page.getAll('var-model'), list.get('team'), list.get('model')];
  };
  expect(of('')).toEqual(['(none)', ['a', 'b'], '[""]', '["a","b"]']);
  expect(of('All')).toEqual(['"All"', ['a', 'b'], '["All"]', '["a","b"]']);
});

test('the dashboards that links lead to are there, with the variables they set', () => {
  const folder = join(import.meta.dirname, '../../grafana/dashboards');
  const dashboards = readdirSync(folder).map(
    (file) => JSON.parse(readFileSync(join(folder, file), 'utf8')) as { uid: string; templating: { list: { name: string }[] } },
  );
  const variablesOf = (wanted: string) => dashboards.find(({ uid }) => uid === wanted)?.templating.list.map(({ name }) => name) ?? [];
  for (const { uid, variables } of DASHBOARDS) expect(variables.filter((name) => !variablesOf(uid).includes(name))).toEqual([]);
  expect(variablesOf(TRACE.uid)).toContain(TRACE.variable);
});
