import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import type { DynamicConfigValue, Panel } from '@grafana/grafana-foundation-sdk/dashboard';
import { PanelBuilder as TablePanel } from '@grafana/grafana-foundation-sdk/table';
import { toTarget } from './ask.ts';
import type { Column } from './columns.ts';
import { DATASOURCE } from './filters.ts';
import { inOrderOf, PANEL_HEIGHT, type PanelFacts } from './panels.ts';

interface TableFacts extends PanelFacts {
  readonly columns: readonly Column[];
}

/** A table whose columns stand as they are listed. */
export function table({ title, description, ask, width, height = PANEL_HEIGHT, columns }: TableFacts): Builder<Panel> {
  const panel = new TablePanel()
    .title(title)
    .description(description)
    .datasource(DATASOURCE)
    .withTarget(toTarget(ask, columns))
    .unit('string')
    .span(width)
    .height(height)
    .noValue('–')
    .withTransformation(inOrderOf(columns));
  for (const column of columns) {
    const looks = overrides(column);
    if (looks.length > 0) panel.overrideByName(column.text, looks);
  }
  return panel;
}

/** `fieldMinMax`: the bar is of the column's largest value, not of the table's. */
const GAUGE: DynamicConfigValue[] = [
  { id: 'custom.cellOptions', value: { type: 'gauge', mode: 'basic', valueDisplayMode: 'text' } },
  { id: 'color', value: { mode: 'fixed', fixedColor: 'blue' } },
  { id: 'min', value: 0 },
  { id: 'fieldMinMax', value: true },
];

function overrides({ unit, decimals, gauge, link, width, colors }: Column): DynamicConfigValue[] {
  return [
    ...(unit === undefined ? [] : [{ id: 'unit', value: unit }]),
    ...(decimals === undefined ? [] : [{ id: 'decimals', value: decimals }]),
    ...(width === undefined ? [] : [{ id: 'custom.width', value: width }]),
    ...(link ? [{ id: 'links', value: [link] }] : []),
    ...(gauge ? GAUGE : []),
    ...(colors ? coloured(colors) : []),
  ];
}

function coloured(colors: Readonly<Record<string, string>>): DynamicConfigValue[] {
  const options = Object.fromEntries(Object.entries(colors).map(([text, color], index) => [text, { color, index, text }]));
  return [
    { id: 'mappings', value: [{ type: 'value', options }] },
    { id: 'custom.cellOptions', value: { type: 'color-text' } },
  ];
}
