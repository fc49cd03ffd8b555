import * as units from '@grafana/grafana-foundation-sdk/units';
import { z } from 'zod';

const UNITS: ReadonlySet<unknown> = new Set(Object.values(units));
const DATASOURCE_UID = '${datasource}';
const COLUMNS = 24;
/** Variables that Grafana itself knows. */
const BUILT_IN = /^__/;
const PANEL_TYPES = ['stat', 'timeseries', 'bargauge', 'table'] as const;
const TRACES_UID = '${traces}';

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

/** A trace of Jaeger's data source, by its id. */
const traceTargetSchema = z.looseObject({
  refId: z.string().min(1),
  datasource: z.looseObject({ uid: z.literal(TRACES_UID) }),
  query: z.string(),
});

const linkSchema = z.looseObject({ title: z.string().min(1), url: z.string().startsWith('/d/tl-') });

const panelFacts = {
  id: z.number().int().positive(),
  title: z.string().min(1),
  description: z.string().min(20),
  gridPos: z.looseObject({ x: z.number(), y: z.number(), w: z.number().positive(), h: z.number().positive() }),
  transformations: z.array(z.looseObject({ id: z.string() })).default([]),
};
const overrideSchema = z.looseObject({
  matcher: z.looseObject({ options: z.unknown() }),
  properties: z.array(z.looseObject({ id: z.string(), value: z.unknown() })),
});
const fieldConfigSchema = z.looseObject({
  defaults: z.looseObject({
    unit: z.string(),
    links: z.array(linkSchema).default([]),
    custom: z.record(z.string(), z.unknown()).optional(),
  }),
  overrides: z.array(overrideSchema),
});

const panelSchema = z.discriminatedUnion('type', [
  z.looseObject({
    ...panelFacts,
    type: z.enum(PANEL_TYPES),
    datasource: z.looseObject({ uid: z.literal(DATASOURCE_UID) }),
    // Infinity runs several targets of a panel one after the other.
    targets: z.array(targetSchema).length(1),
    fieldConfig: fieldConfigSchema,
  }),
  z.looseObject({
    ...panelFacts,
    type: z.literal('traces'),
    datasource: z.looseObject({ uid: z.literal(TRACES_UID) }),
    targets: z.array(traceTargetSchema).length(1),
  }),
]);
type Panel = z.infer<typeof panelSchema>;
type DataPanel = Exclude<Panel, { readonly type: 'traces' }>;

const variableSchema = z.looseObject({
  name: z.string(),
  type: z.enum(['datasource', 'query', 'textbox']),
  multi: z.boolean().default(false),
  includeAll: z.boolean().default(false),
  allValue: z.string().optional(),
  refresh: z.number().optional(),
  hide: z.number().default(0),
  query: z.union([z.string(), z.looseObject({ infinityQuery: targetSchema })]),
});

const annotationSchema = z.looseObject({
  name: z.string().min(1),
  datasource: z.looseObject({ uid: z.literal(DATASOURCE_UID) }),
  target: targetSchema,
});

export const dashboardSchema = z.looseObject({
  uid: z.string().startsWith('tl-'),
  title: z.string().min(1),
  description: z.string().min(20),
  schemaVersion: z.literal(42),
  editable: z.literal(false),
  templating: z.looseObject({ list: z.array(variableSchema) }),
  annotations: z.looseObject({ list: z.array(annotationSchema).default([]) }),
  links: z.array(z.looseObject({ type: z.literal('dashboards'), includeVars: z.literal(true), keepTime: z.literal(true) })).length(1),
  panels: z.array(panelSchema).min(1),
});

/** The rules a dashboard breaks, in words; none is good. */
export function lintDashboard(json: unknown): readonly string[] {
  const parsed = dashboardSchema.safeParse(json);
  if (!parsed.success) return parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  const { panels, templating, annotations } = parsed.data;
  return [
    ...repeated(panels.map(({ id }) => id)).map((id) => `panel id ${id} is used twice`),
    ...panels.flatMap((panel) => lintPanel(panel).map((problem) => `${panel.title}: ${problem}`)),
    ...(panels.some(({ type }) => type === 'timeseries') === annotations.list.length > 0 ? [] : ['marks belong where there are charts']),
    ...overlaps(panels),
    ...lintUnfiltered(panels, templating.list),
    ...annotations.list.flatMap((annotation) => lintAnnotation(annotation).map((problem) => `annotation ${annotation.name}: ${problem}`)),
    ...templating.list.flatMap((variable) => lintVariable(variable).map((problem) => `variable ${variable.name}: ${problem}`)),
    ...lintVariableUse(
      withoutLinks(json),
      templating.list.map(({ name }) => name),
      templating.list.filter(({ multi }) => multi).map(({ name }) => name),
    ),
  ];
}

/** A reader who filters must be told what stays as it is. */
function lintUnfiltered(panels: readonly Panel[], variables: readonly { readonly name: string; readonly multi: boolean }[]): string[] {
  const filters = variables.filter(({ multi }) => multi).map(({ name }) => name);
  const knows = ({ targets }: DataPanel, name: string) =>
    targets.some(({ url_options }) => url_options.params.some(({ key }) => key === name));
  return dataPanels(panels)
    .filter((panel) => !filters.every((name) => knows(panel, name)) && !/filter/i.test(panel.description))
    .map(({ title }) => `${title}: does not say that filters do not count`);
}

function lintPanel(panel: Panel): string[] {
  const { gridPos } = panel;
  return [...(gridPos.x + gridPos.w > COLUMNS ? ['is wider than the grid'] : []), ...(panel.type === 'traces' ? [] : lintDataPanel(panel))];
}

/** `$0.0000358` in Grafana's letters. */
const NARROWEST_DOLLARS = 104;
/** A text of one's own after or before the number, or a form of a time. */
const CUSTOM_UNIT = /^(suffix|prefix|time):/;

function lintDataPanel(panel: DataPanel): string[] {
  const { fieldConfig, targets, transformations, type } = panel;
  const problems: string[] = [];
  const named = fieldConfig.overrides
    .flatMap(({ properties }) => properties)
    .filter(({ id }) => id === 'unit')
    .map(({ value }) => String(value));
  for (const unit of [fieldConfig.defaults.unit, ...named])
    if (!UNITS.has(unit) && !CUSTOM_UNIT.test(unit ?? '')) problems.push(`Grafana knows no unit ${unit}`);
  for (const target of targets) {
    const times = target.columns.filter(({ type: columnType }) => columnType === 'timestamp_epoch');
    if (target.datasource.uid !== DATASOURCE_UID) problems.push('asks a fixed data source');
    if (target.format === 'timeseries' && times.length !== 1) problems.push('a time series needs one time column');
    if ((target.format === 'timeseries') !== (type === 'timeseries')) problems.push(`a ${type} panel cannot draw ${target.format}`);
    if (repeated(target.columns.map(({ text }) => text)).length > 0) problems.push('has two columns of one name');
  }
  problems.push(...lintLooks(panel));
  for (const link of linksOf(panel)) problems.push(...lintLink(link));
  if ((type === 'table' || type === 'bargauge') && !transformations.some(({ id }) => id === 'organize')) {
    problems.push('leaves its columns in the order of their names');
  }
  return problems;
}

/** What would look like nothing. */
function lintLooks({ fieldConfig, type }: DataPanel): string[] {
  const { custom = {} } = fieldConfig.defaults;
  const isPointLost = custom['drawStyle'] === 'line' && custom['showPoints'] !== 'always';
  const narrow = fieldConfig.overrides.filter(({ properties }) => {
    const valueOf = (id: string) => properties.find((property) => property.id === id)?.value;
    return type === 'table' && valueOf('unit') === 'currencyUSD' && Number(valueOf('custom.width')) < NARROWEST_DOLLARS;
  });
  return [
    ...(isPointLost ? ['draws nothing for a point that stands alone'] : []),
    ...narrow.map(({ matcher }) => `cuts off digits of ${String(matcher.options)}`),
  ];
}

/** What asks the query API; a trace view asks Jaeger's routes. */
export const dataPanels = (panels: readonly Panel[]): readonly DataPanel[] => panels.filter((panel) => panel.type !== 'traces');

/** Of its fields, and of single columns. */
export function linksOf({ fieldConfig }: DataPanel): readonly z.infer<typeof linkSchema>[] {
  const overrides = fieldConfig.overrides.flatMap(({ properties }) => properties).filter(({ id }) => id === 'links');
  return [...fieldConfig.defaults.links, ...overrides.flatMap(({ value }) => z.array(linkSchema).parse(value))];
}

/** `/d/<uid>?…`: where a link leads, and the variables that it sets there. */
export function readLink(url: string): { readonly uid: string; readonly variables: readonly string[] } {
  const [path = '', query = ''] = url.split('?');
  const names = [...query.matchAll(/var-(\w+)=/g), ...query.matchAll(/\$\{(\w+):queryparam\}/g)].map(([, name = '']) => name);
  return { uid: path.replace('/d/', ''), variables: names };
}

function lintLink({ title, url }: z.infer<typeof linkSchema>): string[] {
  const problems: string[] = [];
  if (!url.includes('${__url_time_range}')) problems.push(`link ${title} loses the time range`);
  if (repeated(readLink(url).variables).length > 0) problems.push(`link ${title} sets a variable twice`);
  for (const [, name = ''] of url.matchAll(/=\$\{([^}:]+)\}/g))
    if (name !== '__value.time') problems.push(`link ${title} does not encode ${name}`);
  return problems;
}

function lintAnnotation({ target }: z.infer<typeof annotationSchema>): string[] {
  const names = target.columns.map(({ text }) => text);
  const missing = ['time', 'timeEnd', 'title', 'text', 'tags'].filter((name) => !names.includes(name));
  return [...(target.format === 'dataframe' ? [] : ['must have the format dataframe']), ...missing.map((name) => `has no column ${name}`)];
}

/** Links have formats of their own for variables. */
function withoutLinks(json: unknown): unknown {
  return JSON.parse(JSON.stringify(json, (key, value: unknown) => (key === 'links' || key === 'url' ? undefined : value)));
}

function lintVariable({ type, multi, includeAll, allValue, refresh, query, hide }: z.infer<typeof variableSchema>): string[] {
  const problems: string[] = [];
  if (type !== 'datasource' && hide === 2) problems.push('is hidden: nobody sees what is asked for');
  if (type !== 'query') return problems;
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
