import { readFileSync, readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { DASHBOARDS } from '../src/dashboards.ts';
import { renderDashboard } from '../src/render-dashboard.ts';
import { dashboardSchema, dataPanels, linksOf, lintDashboard, readLink } from './lint-dashboard.ts';

/** A trace is shown whole: the filters that led to it are carried for the way back, not for the page. */
const FORGETTABLE = { environment: 1, team: 1, feature: 1, provider: 1, model: 1 };

const FOLDER = new URL('../dashboards/', import.meta.url);
const committed = (name: string) => readFileSync(new URL(`${name}.json`, FOLDER), 'utf8');

test('every committed dashboard has a source, and every source is committed', () => {
  expect(readdirSync(FOLDER).toSorted()).toEqual(
    Object.keys(DASHBOARDS)
      .map((name) => `${name}.json`)
      .toSorted(),
  );
});

test.each(Object.keys(DASHBOARDS))('%s is committed as its source generates it', (name) => {
  const dashboard = DASHBOARDS[name];
  if (!dashboard) throw new Error(`there is no dashboard ${name}`);
  expect(committed(name), 'run node grafana/src/build.ts').toBe(renderDashboard(dashboard()));
});

test.each(Object.keys(DASHBOARDS))('%s keeps the rules of our dashboards', (name) => {
  expect(lintDashboard(JSON.parse(committed(name)))).toEqual([]);
});

test('no two dashboards have the same uid or title', () => {
  const facts = Object.keys(DASHBOARDS).map((name) => JSON.parse(committed(name)) as { uid: string; title: string });
  for (const key of ['uid', 'title'] as const) {
    const values = facts.map((each) => each[key]);
    expect(new Set(values).size).toBe(values.length);
  }
});

test('every link leads to a dashboard that has the variables it sets, and leaves none as an earlier visit left it', () => {
  const dashboards = Object.keys(DASHBOARDS).map((name) => dashboardSchema.parse(JSON.parse(committed(name))));
  const variablesOf = new Map(
    dashboards.map(({ uid, templating }) => [uid, templating.list.filter(({ type }) => type !== 'datasource').map(({ name }) => name)]),
  );
  const lost = dashboards.flatMap(({ title, panels }) =>
    dataPanels(panels).flatMap((panel) =>
      linksOf(panel).flatMap(({ url }) => {
        const { uid, variables } = readLink(url);
        const known = variablesOf.get(uid) ?? [];
        const where = `${title}, ${panel.title}: ${uid}`;
        return [
          ...variables.filter((name) => !known.includes(name) && !(name in FORGETTABLE)).map((name) => `${where} has no ${name}`),
          ...known.filter((name) => !variables.includes(name)).map((name) => `${where} keeps its ${name}`),
        ];
      }),
    ),
  );
  expect(lost).toEqual([]);
});
