/**
 * Each target of each panel and variable, filled in as Grafana fills it in, is asked of the real query API on a real engine, and the
 * answer is read as the Infinity plugin reads it.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DASHBOARDS } from '../src/dashboards.ts';
import { renderDashboard } from '../src/render-dashboard.ts';
import { toFrameFields } from '../viewer/src/infinity-frame.ts';
import { dashboardSchema } from './lint-dashboard.ts';
import type { Target } from './lint-dashboard.ts';
import { startSeededApi } from './seeded-api.ts';

const DAY_MS = 86_400_000;

let api: Awaited<ReturnType<typeof startSeededApi>>;
beforeAll(async () => {
  api = await startSeededApi();
});
afterAll(() => api.stop());

/** What a variable with `:json` becomes for a selection; All is its `allValue`. */
const SELECTIONS: Readonly<Record<string, (name: string) => string>> = {
  'everything selected': () => '*',
  'two values selected': (name) => (name === 'team' ? '["support","platform"]' : '*'),
  'left out, as alert rules do': (name) => `\${${name}:json}`,
};

function toUrl({ url, url_options }: Target, selected: (name: string) => string): string {
  const query = new URLSearchParams();
  for (const { key, value } of url_options.params) {
    const filled = value
      .replace('${__timeFrom}', String(api.nowMs - 7 * DAY_MS))
      .replace('${__timeTo}', String(api.nowMs))
      .replaceAll(/\$\{(\w+):json\}/g, (_match, name: string) => selected(name));
    query.append(key, filled);
  }
  return `${api.url}${url}?${query.toString()}`;
}

type Rows = readonly Record<string, unknown>[];
const answers = new Map<string, Promise<Rows>>();

/** The rows of an answer; each question is asked once. */
function ask(target: Target, selected: (name: string) => string): Promise<Rows> {
  const url = toUrl(target, selected);
  const rows = answers.get(url) ?? fetchRows(url);
  answers.set(url, rows);
  return rows;
}

async function fetchRows(url: string): Promise<Rows> {
  const answer = await fetch(url);
  const body = (await answer.json()) as { readonly rows: Rows };
  expect(answer.status, JSON.stringify(body)).toBe(200);
  return body.rows;
}

const dashboards = Object.entries(DASHBOARDS).map(([name, dashboard]) => ({
  name,
  ...dashboardSchema.parse(JSON.parse(renderDashboard(dashboard()))),
}));
const panels = dashboards.flatMap(({ name, panels: all }) =>
  all.flatMap(({ title, targets }) => targets.map((target) => [`${name}: ${title}`, target] as const)),
);
const variables = dashboards.flatMap(({ name, templating }) =>
  templating.list.flatMap((variable) =>
    typeof variable.query === 'string' ? [] : [[`${name}: variable ${variable.name}`, variable.query.infinityQuery] as const],
  ),
);

describe.each([...panels, ...variables])('%s', (_name, target) => {
  test.each(Object.entries(SELECTIONS))('is answered with its columns: %s', async (_selection, selected) => {
    const rows = await ask(target, selected);
    expect(rows.length).toBeGreaterThan(0);
    for (const row of rows) for (const { selector } of target.columns) expect(row, selector).toHaveProperty(selector);
    for (const field of toFrameFields(target, rows)) {
      const said = field.values.filter((value) => value !== null);
      expect(said.length, `${field.name} is empty`).toBeGreaterThan(0);
      if (field.type === 'number') expect(said.every((value) => Number.isFinite(value))).toBe(true);
    }
  });

  test('has no column that turns into another type', async () => {
    const rows = await ask(target, () => '*');
    for (const { selector, type } of target.columns) {
      for (const value of rows.map((row) => row[selector]).filter((cell) => cell !== null)) {
        if (type === 'string') expect(typeof value, selector).toBe('string');
        else expect(value, selector).not.toBe('');
        if (type === 'timestamp_epoch') expect(Number.isSafeInteger(value), selector).toBe(true);
        if (type === 'number') expect(Number.isFinite(Number(value)), selector).toBe(true);
      }
    }
  });

  test.runIf(target.format === 'timeseries')('comes in ascending time', async () => {
    const times = (await ask(target, () => '*')).map(({ time }) => Number(time));
    expect(times).toEqual(times.toSorted((a, b) => a - b));
  });
});

test('a filter changes the answer', async () => {
  const spend = panels.find(([name]) => name.endsWith(': Spend'))?.[1];
  if (!spend) throw new Error('there is no panel Spend');
  const [all] = await ask(spend, () => '*');
  const [one] = await ask(spend, (name) => (name === 'team' ? '["support"]' : '*'));
  expect(Number(one?.['cost'])).toBeLessThan(Number(all?.['cost']));
  expect(Number(one?.['cost'])).toBeGreaterThan(0);
});
