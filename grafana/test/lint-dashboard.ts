import * as units from '@grafana/grafana-foundation-sdk/units';
import { z } from 'zod';

const UNITS: ReadonlySet<unknown> = new Set(Object.values(units));
const DATASOURCE_UID = '${datasource}';
const COLUMNS = 24;
/** Variables that Grafana itself knows. */
const BUILT_IN = /^__/;
const PANEL_TYPES = ['stat', 'timeseries', 'bargauge', 'table'];

const targetSchema = z.looseObject({
  refId: z.string().min(1),
  datasource: z.looseObject({ uid: z.string() }),
  type: z.literal('json'),
  source: z.literal('url'),
  parser: z.literal('backend'),
  format: z.enum(['table', 'timeseries', 'dataframe']),
  url: z.string().startsWith('/v1/'),
  url_options: z.looseObject({
    method: z.literal('GET'),
    params: z.array(z.strictObject({ key: z.string().regex(/^[a-z0-9_]+$/), value: z.string() })),
  }),
  root_selector: z.literal('rows'),
  columns: z
    .array(
      z.strictObject({
        // A gjson path: anything but plain characters means something there.
        selector: z.string().regex(/^[a-z0-9_]+$/),
        text: z.string().min(1),
        type: z.enum(['string', 'number', 'boolean', 'timestamp_epoch']),
      }),
    )
    .min(1),
});
export type Target = z.infer<typeof targetSchema>;

const panelSchema = z.looseObject({
  id: z.number().int().positive(),
  type: z.enum(PANEL_TYPES),
  title: z.string().min(1),
  description: z.string().min(20),
  datasource: z.looseObject({ uid: z.literal(DATASOURCE_UID) }),
  // Infinity runs several targets of a panel one after the other.
  targets: z.array(targetSchema).length(1),
  gridPos: z.looseObject({ x: z.number(), y: z.number(), w: z.number().positive(), h: z.number().positive() }),
  fieldConfig: z.looseObject({
    defaults: z.looseObject({ unit: z.string() }),
    overrides: z.array(z.looseObject({ properties: z.array(z.looseObject({ id: z.string(), value: z.unknown() })) })),
  }),
  transformations: z.array(z.looseObject({ id: z.string() })).default([]),
});
type Panel = z.infer<typeof panelSchema>;

const variableSchema = z.looseObject({
  name: z.string(),
  type: z.enum(['datasource', 'query']),
  multi: z.boolean(),
  includeAll: z.boolean(),
  allValue: z.string().optional(),
  refresh: z.number().optional(),
  query: z.union([z.string(), z.looseObject({ infinityQuery: targetSchema })]),
});

export const dashboardSchema = z.looseObject({
  uid: z.string().startsWith('tl-'),
  title: z.string().min(1),
  description: z.string().min(20),
  schemaVersion: z.literal(42),
  editable: z.literal(false),
  templating: z.looseObject({ list: z.array(variableSchema) }),
  panels: z.array(panelSchema).min(1),
});

/** The rules a dashboard breaks, in words; none is good. */
export function lintDashboard(json: unknown): readonly string[] {
  const parsed = dashboardSchema.safeParse(json);
  if (!parsed.success) return parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  const { panels, templating } = parsed.data;
  return [
    ...repeated(panels.map(({ id }) => id)).map((id) => `panel id ${id} is used twice`),
    ...panels.flatMap((panel) => lintPanel(panel).map((problem) => `${panel.title}: ${problem}`)),
    ...overlaps(panels),
    ...templating.list.flatMap((variable) => lintVariable(variable).map((problem) => `variable ${variable.name}: ${problem}`)),
    ...lintVariableUse(
      json,
      templating.list.map(({ name }) => name),
      templating.list.filter(({ multi }) => multi).map(({ name }) => name),
    ),
  ];
}

function lintPanel(panel: Panel): string[] {
  const { gridPos, fieldConfig, targets, transformations, type } = panel;
  const problems: string[] = [];
  if (gridPos.x + gridPos.w > COLUMNS) problems.push('is wider than the grid');
  const named = fieldConfig.overrides
    .flatMap(({ properties }) => properties)
    .filter(({ id }) => id === 'unit')
    .map(({ value }) => String(value));
  for (const unit of [fieldConfig.defaults.unit, ...named]) if (!UNITS.has(unit)) problems.push(`Grafana knows no unit ${unit}`);
  for (const { datasource, format, columns } of targets) {
    if (datasource.uid !== DATASOURCE_UID) problems.push('asks a fixed data source');
    const hasTime = columns.some(({ type: columnType }) => columnType === 'timestamp_epoch');
    if ((format === 'timeseries') !== hasTime) problems.push('a time column belongs to the format timeseries, and only to it');
    if (format === 'timeseries' && type !== 'timeseries') problems.push(`a ${type} panel cannot draw a time series`);
  }
  if ((type === 'table' || type === 'bargauge') && !transformations.some(({ id }) => id === 'organize')) {
    problems.push('leaves its columns in the order of their names');
  }
  return problems;
}

function lintVariable({ type, multi, includeAll, allValue, refresh, query }: z.infer<typeof variableSchema>): string[] {
  if (type === 'datasource') return [];
  const problems: string[] = [];
  if (!multi || !includeAll) problems.push('must allow several values and All');
  if (allValue !== '*') problems.push('All must be *');
  if (refresh !== 2) problems.push('must load again when the time range changes');
  const names = typeof query === 'string' ? [] : query.infinityQuery.columns.map(({ text }) => text).toSorted();
  if (names.join() !== '__text,__value') problems.push('must give __text and __value');
  return problems;
}

function lintVariableUse(json: unknown, defined: readonly string[], multi: readonly string[]): string[] {
  const problems = new Set<string>();
  for (const [, name = '', format] of JSON.stringify(json).matchAll(/\$\{(\w+)(?:\.[\w.]+)?(?::(\w+))?\}/g)) {
    if (BUILT_IN.test(name)) continue;
    if (!defined.includes(name)) problems.add(`there is no variable ${name}`);
    else if (multi.includes(name) && format !== 'json')
      problems.add(`variable ${name} has several values, so it is used as \${${name}:json}`);
  }
  return [...problems];
}

function overlaps(panels: readonly Panel[]): string[] {
  return panels.flatMap((a, index) =>
    panels
      .slice(index + 1)
      .filter(
        ({ gridPos: b }) =>
          a.gridPos.x < b.x + b.w && b.x < a.gridPos.x + a.gridPos.w && a.gridPos.y < b.y + b.h && b.y < a.gridPos.y + a.gridPos.h,
      )
      .map((b) => `${a.title} and ${b.title} overlap`),
  );
}

function repeated<T>(values: readonly T[]): T[] {
  return values.filter((value, index) => values.indexOf(value) !== index);
}
