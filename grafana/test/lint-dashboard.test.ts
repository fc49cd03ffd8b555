import { expect, test } from 'vitest';
import { DASHBOARDS } from '../src/dashboards.ts';
import { renderDashboard } from '../src/render-dashboard.ts';
import { dashboardSchema, lintDashboard } from './lint-dashboard.ts';

type Path = readonly (string | number)[];

const [overview] = Object.values(DASHBOARDS);
if (!overview) throw new Error('there is no dashboard');
const rendered = renderDashboard(overview());
const firstOf = (type: string) => dashboardSchema.parse(JSON.parse(rendered)).panels.findIndex((panel) => panel.type === type);

/** The problems of the first dashboard once the object at `path` has other `values`. */
function problemsWith(path: Path, values: object): string {
  const dashboard: unknown = JSON.parse(rendered);
  const target = path.reduce((node, key) => (node as Record<string | number, unknown>)[key], dashboard);
  Object.assign(target as object, values);
  return lintDashboard(dashboard).join('\n');
}

const PANEL: Path = ['panels', 0];
const TARGET: Path = [...PANEL, 'targets', 0];
const PARAMETER: Path = [...TARGET, 'url_options', 'params', 0];
const VARIABLE: Path = ['templating', 'list', 1];
const CHART: Path = ['panels', firstOf('timeseries')];
const LINES: Path = ['panels', dashboardSchema.parse(JSON.parse(rendered)).panels.findIndex(({ title }) => title === 'Cost per call')];
const TABLE: Path = ['panels', firstOf('table')];
const LINK: Path = [...CHART, 'fieldConfig', 'defaults', 'links', 0];
const ANNOTATION: Path = ['annotations', 'list', 0, 'target'];

test.each<[problem: string, path: Path, values: object]>([
  ['description', PANEL, { description: '' }],
  ['used twice', ['panels', 1], { id: 1 }],
  ['filters do not count', [...TARGET, 'url_options'], { params: [] }],
  ['overlap', ['panels', 1], { gridPos: { x: 0, y: 0, w: 5, h: 4 } }],
  ['wider than the grid', [...PANEL, 'gridPos'], { x: 22 }],
  ['no unit dollars', [...PANEL, 'fieldConfig', 'defaults'], { unit: 'dollars' }],
  ['fixed data source', [...TARGET, 'datasource'], { uid: 'tokenledger' }],
  ['parser', TARGET, { parser: '' }],
  ['selector', [...TARGET, 'columns', 0], { selector: 'a.b' }],
  ['time column', TARGET, { format: 'timeseries' }],
  ['cannot draw table', [...CHART, 'targets', 0], { format: 'table' }],
  ['loses the time range', LINK, { url: '/d/tl-calls?var-team=x' }],
  ['sets a variable twice', LINK, { url: '/d/tl-calls?${__url_time_range}&var-team=x&${team:queryparam}' }],
  ['does not encode', LINK, { url: '/d/tl-calls?${__url_time_range}&var-team=${__value.raw}' }],
  ['must have the format dataframe', ANNOTATION, { format: 'table' }],
  ['has no column title', ANNOTATION, { columns: [{ selector: 'time', text: 'time', type: 'timestamp_epoch' }] }],
  ['point that stands alone', [...LINES, 'fieldConfig', 'defaults', 'custom'], { showPoints: 'auto' }],
  ['cuts off digits of Difference', [...TABLE, 'fieldConfig', 'overrides', 1, 'properties', 1], { value: 88 }],
  ['order of their names', TABLE, { transformations: [] }],
  ['there is no variable region', PARAMETER, { value: '${region:json}' }],
  ['used as ${team:json}', PARAMETER, { value: '${team}' }],
  ['All must be *', VARIABLE, { allValue: '' }],
  ['time range changes', VARIABLE, { refresh: 1 }],
  ['several values and All', VARIABLE, { multi: false }],
  ['is hidden: nobody sees what is asked for', VARIABLE, { hide: 2 }],
  ['editable', [], { editable: true }],
])('the linter finds: %s', (problem, path, values) => {
  expect(problemsWith(path, values)).toContain(problem);
});
