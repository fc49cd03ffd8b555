/**
 * Each target of each panel, variable and annotation, filled in as Grafana fills it in, is asked of the real query API on a real engine,
 * and the answer is read as the Infinity plugin reads it.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DASHBOARDS } from '../src/dashboards.ts';
import { renderDashboard } from '../src/render-dashboard.ts';
import { toFrameFields } from '../viewer/src/infinity-frame.ts';
import { dashboardSchema, dataPanels } from './lint-dashboard.ts';
import type { Target } from './lint-dashboard.ts';
import { startSeededApi, type SeededApi } from './seeded-api.ts';

const DAY_MS = 86_400_000;
/** Marks are few. */
const daysOf = ({ url }: Target) => (url.endsWith('/annotations') ? 30 : 7);

let api: SeededApi;
/** What stands in the text fields, as if somebody had followed the links there. */
let texts: Readonly<Record<string, string>> = {};
beforeAll(async () => {
  api = await startSeededApi();
  const [call] = await fetchRows(`${api.url}/v1/grafana/calls?from=${api.nowMs - 7 * DAY_MS}&order_by=cost&limit=1`);
  texts = { trace_id: String(call?.['trace_id']), span_id: String(call?.['span_id']) };
}, 120_000);
afterAll(() => api?.stop());

/** What a variable with several values becomes in `:json`; All is its `allValue`. */
const SELECTIONS = {
  'everything selected': () => '*',
  'two values selected': (name: string) => (name === 'team' ? '["support","platform"]' : '*'),
  'nothing selected': () => '',
  'left out, as alert rules do': (name: string) => `\${${name}:json}`,
} as const satisfies Record<string, (name: string) => string>;
type Selection = keyof typeof SELECTIONS;

function toUrl(target: Target, selection: Selection): string {
  const { url, url_options } = target;
  const query = new URLSearchParams();
  for (const { key, value } of url_options.params) {
    const filled = value
      .replace('${__timeFrom}', String(api.nowMs - daysOf(target) * DAY_MS))
      .replace('${__timeTo}', String(api.nowMs))
      .replaceAll(/\$\{(\w+):json\}/g, (_match, name: string) => SELECTIONS[selection](name))
      .replaceAll(/\$\{(\w+)\}/g, (_match, name: string) => texts[name] ?? '');
    query.append(key, filled);
  }
  return `${api.url}${url}?${query.toString()}`;
}

type Rows = readonly Record<string, unknown>[];
const answers = new Map<string, Promise<Rows>>();

/** The rows of an answer; each question is asked once. */
function ask(target: Target, selection: Selection): Promise<Rows> {
  const url = toUrl(target, selection);
  const rows = answers.get(url) ?? fetchRows(url);
  answers.set(url, rows);
  return rows;
}

async function fetchRows(url: string): Promise<Rows> {
  const answer = await fetch(url);
  const body = (await answer.json()) as { readonly rows: Rows };
  expect(answer.status, `${url}\n${JSON.stringify(body)}`).toBe(200);
  return body.rows;
}

const dashboards = Object.entries(DASHBOARDS).map(([name, dashboard]) => ({
  name,
  ...dashboardSchema.parse(JSON.parse(renderDashboard(dashboard()))),
}));
const targets = dashboards.flatMap(({ name, panels, templating, annotations }) => [
  ...dataPanels(panels).flatMap((panel) => panel.targets.map((target) => [`${name}: ${panel.title}`, target] as const)),
  ...templating.list.flatMap((variable) =>
    typeof variable.query === 'string' ? [] : [[`${name}: variable ${variable.name}`, variable.query.infinityQuery] as const],
  ),
  ...annotations.list.map((annotation) => [`${name}: annotation ${annotation.name}`, annotation.target] as const),
]);

/** What thirty days of history cannot tell: an interval needs six weeks; and what need not be in it. */
const MAY_BE_EMPTY = /^(Low|High|Risk|First token|cache write.*)$/;
/** The detector must find something first; its tests are in alerts. */
const MAY_HAVE_NO_ROWS = new Set(['budgets: Anomalies']);
/** A history that was loaded did not come in. */
const OF_WHAT_CAME_IN = new Set(['ledger-health: Until received, p95', 'ledger-health: Until stored, p95']);

describe.each(targets)('%s', (name, target) => {
  test('is answered with the columns it declares, each of its type, in ascending time, whatever is selected', async () => {
    for (const selection of Object.keys(SELECTIONS) as Selection[]) {
      const rows = await ask(target, selection);
      for (const row of rows) for (const { selector } of target.columns) expect(row, selector).toHaveProperty(selector);
      for (const { selector, type } of target.columns) {
        for (const value of rows.map((row) => row[selector]).filter((cell) => cell !== null)) {
          if (type === 'string') expect(typeof value, selector).toBe('string');
          else expect(value, selector).not.toBe('');
          if (type === 'timestamp_epoch') expect(Number.isSafeInteger(value), selector).toBe(true);
          if (type === 'number') expect(Number.isFinite(Number(value)), selector).toBe(true);
        }
      }
      const times = rows.map(({ time }) => Number(time)).filter((time) => !Number.isNaN(time));
      const isRanking = target.url_options.params.some(({ key, value }) => key === 'order_by' && value !== 'newest');
      if (!isRanking) expect(times).toEqual(times.toSorted((a, b) => a - b));
    }
  });

  test('is not empty, nor is any of its columns', async () => {
    const rows = await ask(target, 'everything selected');
    if (!MAY_HAVE_NO_ROWS.has(name)) expect(rows.length).toBeGreaterThan(0);
    if (rows.length === 0) return;
    const fields = toFrameFields(target, rows);
    if (OF_WHAT_CAME_IN.has(name)) {
      expect(fields.flatMap(({ values }) => values)).toEqual([null]);
      return;
    }
    for (const { name: field } of fields) {
      // A line may have nothing to show, as the time to the first token of a model that is never streamed; not all of them.
      const isSaid = fields.some(({ name: each, values }) => each === field && values.some((value) => value !== null));
      if (!MAY_BE_EMPTY.test(field)) expect(isSaid, `${field} is empty`).toBe(true);
    }
  });
});

describe('the answers are about what was asked', () => {
  const targetOf = (wanted: string) => {
    const found = targets.find(([name]) => name === wanted);
    if (!found) throw new Error(`there is no ${wanted}`);
    return found[1];
  };

  test('a filter changes the answer', async () => {
    const spend = targetOf('overview: Spend');
    const [all] = await ask(spend, 'everything selected');
    const [two] = await ask(spend, 'two values selected');
    expect(Number(two?.['cost'])).toBeLessThan(Number(all?.['cost']));
    expect(Number(two?.['cost'])).toBeGreaterThan(0);
  });

  test('a click on a point of a chart leads to the calls that it adds up', async () => {
    const points = await ask(targetOf('overview: Spend by model'), 'everything selected');
    const point = points.reduce((most, each) => (Number(each['cost']) > Number(most['cost']) ? each : most));
    const list = new URL(toUrl(targetOf('calls: Most expensive calls'), 'everything selected'));
    list.searchParams.set('at', String(point['time']));
    list.searchParams.set('model', String(point['series']));
    list.searchParams.set('limit', '1000');
    const calls = await fetchRows(list.toString());
    const sum = calls.reduce((total, { cost_usd: cost }) => total + Number(cost), 0);
    expect(sum).toBeCloseTo(Number(point['cost']), 9);
    const tile = new URL(toUrl(targetOf('calls: Cost'), 'everything selected'));
    tile.searchParams.set('at', String(point['time']));
    tile.searchParams.set('model', String(point['series']));
    expect(await fetchRows(tile.toString())).toMatchObject([{ cost: point['cost'] }]);
    const [dearest] = calls;
    const tree = await fetchRows(`${api.url}/v1/grafana/trace?trace_id=${String(dearest?.['trace_id'])}`);
    expect(tree.map(({ span_id: id }) => id)).toContain(dearest?.['span_id']);
  });

  test('the change of a price is a mark at its moment', async () => {
    const marks = await fetchRows(`${api.url}/v1/grafana/annotations?from=${api.nowMs - 30 * DAY_MS}&to=${api.nowMs}&kind=prices`);
    expect(marks.map(({ title }) => title)).toContain('Price of claude-sonnet-4-6');
  });
});
