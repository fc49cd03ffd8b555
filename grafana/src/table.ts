import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import type { DynamicConfigValue, Panel } from '@grafana/grafana-foundation-sdk/dashboard';
import { PanelBuilder as TablePanel } from '@grafana/grafana-foundation-sdk/table';
import { TableSortByFieldStateBuilder } from '@grafana/grafana-foundation-sdk/common';
import { Dollars, Milliseconds } from '@grafana/grafana-foundation-sdk/units';
import { toTarget } from './ask.ts';
import type { Column } from './columns.ts';
import { DATASOURCE } from './filters.ts';
import { inOrderOf, PANEL_HEIGHT, type PanelFacts } from './panels.ts';

interface TableFacts extends PanelFacts {
  readonly columns: readonly Column[];
  /** The column whose largest value is on top; default: as the answer has it. */
  readonly newestBy?: string;
  /** What is said where there are no rows, if it is not that nothing was in the time range. */
  readonly empty?: string;
}

/** A table whose columns stand as they are listed. */
export function table({ title, description, ask, width, height = PANEL_HEIGHT, columns, newestBy, empty }: TableFacts): Builder<Panel> {
  const panel = new TablePanel()
    .title(title)
    .description(description)
    .datasource(DATASOURCE)
    .withTarget(toTarget(ask, columns))
    .unit('string')
    .span(width)
    .height(height)
    .noValue(empty ?? UNKNOWN)
    .minWidth(NARROWEST_TEXT)
    .withTransformation(inOrderOf(columns));
  // Answers ascend in time, as Grafana wants them; a reader wants the newest first.
  if (newestBy) panel.sortBy([new TableSortByFieldStateBuilder().displayName(newestBy).desc(true)]);
  for (const column of columns) {
    // Grafana says the panel's text both without rows and in an empty cell.
    const looks = [...overrides(column), ...(empty === undefined ? [] : [{ id: 'noValue', value: UNKNOWN }])];
    if (looks.length > 0) panel.overrideByName(column.text, looks);
  }
  return panel;
}

const UNKNOWN = '–';

/** Grafana gives every column the same width: a number then takes the room of a name, and the last columns are out of sight. */
const NARROWEST_TEXT = 100;
const NARROWEST_NUMBER = 76;
/** `$0.0000358`, `2.46 mins`: a number whose end is cut off is another. */
const NARROWEST: Readonly<Record<string, number>> = { [Dollars]: 104, [Milliseconds]: 86 };
const GAUGE_WIDTH = 124;
const LETTER_WIDTH = 7.6;
const HEADER_MARGIN = 28;

function widthOf({ text, unit, gauge, width }: Column): number | undefined {
  if (width !== undefined || unit === undefined) return width;
  const narrowest = NARROWEST[unit] ?? NARROWEST_NUMBER;
  return Math.max(gauge ? GAUGE_WIDTH : narrowest, Math.ceil(HEADER_MARGIN + LETTER_WIDTH * text.length));
}

/** `fieldMinMax`: the bar is of the column's largest value, not of the table's. */
const GAUGE: DynamicConfigValue[] = [
  { id: 'custom.cellOptions', value: { type: 'gauge', mode: 'basic', valueDisplayMode: 'text' } },
  { id: 'color', value: { mode: 'fixed', fixedColor: 'blue' } },
  { id: 'min', value: 0 },
  { id: 'fieldMinMax', value: true },
];

function overrides(column: Column): DynamicConfigValue[] {
  const { unit, decimals, gauge, link, color, colors, says, as, minWidth } = column;
  const width = widthOf(column);
  return [
    ...(unit === undefined ? [] : [{ id: 'unit', value: unit }]),
    ...(decimals === undefined ? [] : [{ id: 'decimals', value: decimals }]),
    ...(width === undefined ? [] : [{ id: 'custom.width', value: width }]),
    ...(minWidth === undefined ? [] : [{ id: 'custom.minWidth', value: minWidth }]),
    ...(link ? [{ id: 'links', value: [link] }] : []),
    ...(gauge ? GAUGE : []),
    ...(colors ? coloured(colors) : []),
    ...(as === undefined ? [] : standingFor(as)),
    ...(says ? saying(says) : []),
    ...(color ? [{ id: 'color', value: { mode: 'fixed', fixedColor: color } }, COLORED_TEXT] : []),
  ];
}

const COLORED_TEXT: DynamicConfigValue = { id: 'custom.cellOptions', value: { type: 'color-text' } };

/** In the colour of all text: it is nothing to look at. */
function saying(says: Readonly<Record<string, string>>): DynamicConfigValue[] {
  const options = Object.fromEntries(Object.entries(says).map(([value, text], index) => [value, { color: 'text', index, text }]));
  return [{ id: 'mappings', value: [{ type: 'value', options }] }];
}

const standingFor = (text: string): DynamicConfigValue[] => [
  { id: 'mappings', value: [{ type: 'regex', options: { pattern: '.+', result: { index: 0, text } } }] },
];

function coloured(colors: Readonly<Record<string, string>>): DynamicConfigValue[] {
  const options = Object.fromEntries(Object.entries(colors).map(([text, color], index) => [text, { color, index, text }]));
  return [{ id: 'mappings', value: [{ type: 'value', options }] }, COLORED_TEXT];
}
