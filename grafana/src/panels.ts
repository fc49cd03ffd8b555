import { PanelBuilder as BarGaugePanel } from '@grafana/grafana-foundation-sdk/bargauge';
import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import {
  BarGaugeDisplayMode,
  BigValueColorMode,
  BigValueGraphMode,
  GraphDrawStyle,
  LegendDisplayMode,
  LegendPlacement,
  ReduceDataOptionsBuilder,
  SortOrder,
  StackingConfigBuilder,
  StackingMode,
  TooltipDisplayMode,
  VizLegendOptionsBuilder,
  VizOrientation,
  VizTooltipOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import { FieldColorBuilder, FieldColorModeId, ThresholdsConfigBuilder, ThresholdsMode } from '@grafana/grafana-foundation-sdk/dashboard';
import type { DynamicConfigValue, Panel, Threshold } from '@grafana/grafana-foundation-sdk/dashboard';
import { PanelBuilder as StatPanel } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as TablePanel } from '@grafana/grafana-foundation-sdk/table';
import { PanelBuilder as TimeseriesPanel } from '@grafana/grafana-foundation-sdk/timeseries';
import { DATASOURCE } from './filters.ts';
import type { InfinityQueryBuilder } from './infinity-query.ts';

/** What every panel says of itself. Sizes are in Grafana's grid of 24 columns. */
interface PanelFacts {
  readonly title: string;
  readonly description: string;
  readonly query: InfinityQueryBuilder;
  readonly unit: string;
  readonly width: number;
  readonly height: number;
}

/** A meter nobody used, a model without errors: no line in legend and tooltip. */
const HIDE_ALL_ZERO = {
  matcher: { id: 'byValue', options: { reducer: 'allIsZero', op: 'gte', value: 0 } },
  properties: [{ id: 'custom.hideFrom', value: { legend: true, tooltip: true, viz: false } }],
};

const PLAIN: Threshold[] = [{ value: null, color: 'text' }];

interface StatFacts extends PanelFacts {
  readonly decimals?: number;
  /** A time range of its own, such as `now/M`, instead of the dashboard's. */
  readonly timeFrom?: string;
  /** Colour from a value on; plain text colour below. */
  readonly steps?: readonly { readonly from: number; readonly color: string }[];
}

/** One number, from a query with one row and one column. */
export function stat({ title, description, query, unit, width, height, decimals, timeFrom, steps = [] }: StatFacts): Builder<Panel> {
  const panel = new StatPanel()
    .title(title)
    .description(description)
    .datasource(DATASOURCE)
    .withTarget(query)
    .unit(unit)
    .span(width)
    .height(height)
    .noValue('–')
    .graphMode(BigValueGraphMode.None)
    .colorMode(BigValueColorMode.Value)
    .reduceOptions(new ReduceDataOptionsBuilder().calcs(['lastNotNull']))
    .colorScheme(new FieldColorBuilder().mode(FieldColorModeId.Thresholds))
    .thresholds(
      new ThresholdsConfigBuilder()
        .mode(ThresholdsMode.Absolute)
        .steps([...PLAIN, ...steps.map(({ from, color }) => ({ value: from, color }))]),
    );
  if (decimals !== undefined) panel.decimals(decimals);
  if (timeFrom !== undefined) panel.timeFrom(timeFrom);
  return panel;
}

interface SeriesFacts extends PanelFacts {
  /** The API's `series` names the lines; without it each number column is a line. */
  readonly grouped?: boolean;
  readonly stacked?: boolean;
}

/** Lines, or stacked bars for what adds up. */
export function series({ title, description, query, unit, width, height, grouped = false, stacked = false }: SeriesFacts): Builder<Panel> {
  const panel = new TimeseriesPanel()
    .title(title)
    .description(description)
    .datasource(DATASOURCE)
    .withTarget(query)
    .unit(unit)
    .span(width)
    .height(height)
    .min(0)
    .drawStyle(stacked ? GraphDrawStyle.Bars : GraphDrawStyle.Line)
    .fillOpacity(stacked ? 80 : 10)
    .lineWidth(stacked ? 0 : 2)
    .stacking(new StackingConfigBuilder().mode(stacked ? StackingMode.Normal : StackingMode.None))
    .colorScheme(new FieldColorBuilder().mode(FieldColorModeId.PaletteClassicByName))
    .legend(new VizLegendOptionsBuilder().displayMode(LegendDisplayMode.List).placement(LegendPlacement.Bottom).showLegend(true).calcs([]))
    .withOverride(HIDE_ALL_ZERO)
    .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi).sort(SortOrder.Descending));
  return grouped ? panel.displayName('${__field.labels.series}') : panel;
}

/** A bar per row of a table, in the order of the query: its first string column names the bars. */
export function bars({ title, description, query, unit, width, height }: PanelFacts): Builder<Panel> {
  return new BarGaugePanel()
    .title(title)
    .description(description)
    .datasource(DATASOURCE)
    .withTarget(query)
    .unit(unit)
    .span(width)
    .height(height)
    .min(0)
    .noValue('–')
    .orientation(VizOrientation.Horizontal)
    .displayMode(BarGaugeDisplayMode.Basic)
    .showUnfilled(false)
    .reduceOptions(new ReduceDataOptionsBuilder().values(true).calcs([]))
    .colorScheme(new FieldColorBuilder().mode(FieldColorModeId.Fixed).fixedColor('blue'))
    .withTransformation(inOrderOf(query));
}

export interface ColumnFormat {
  readonly unit: string;
  readonly decimals?: number;
  /** Draws a bar behind the number. */
  readonly gauge?: boolean;
}

/** A table whose columns stand as the query lists them. `formats` is by column name; other columns are text. */
export function table({
  formats,
  ...facts
}: Omit<PanelFacts, 'unit'> & { readonly formats: Readonly<Record<string, ColumnFormat>> }): Builder<Panel> {
  const panel = new TablePanel()
    .title(facts.title)
    .description(facts.description)
    .datasource(DATASOURCE)
    .withTarget(facts.query)
    .unit('string')
    .span(facts.width)
    .height(facts.height)
    .noValue('–')
    .withTransformation(inOrderOf(facts.query));
  for (const [name, format] of Object.entries(formats)) panel.overrideByName(name, overrides(format));
  return panel;
}

/** `fieldMinMax`: the bar is of the column's largest value, not of the table's. */
const GAUGE: DynamicConfigValue[] = [
  { id: 'custom.cellOptions', value: { type: 'gauge', mode: 'basic', valueDisplayMode: 'text' } },
  { id: 'color', value: { mode: 'fixed', fixedColor: 'blue' } },
  { id: 'min', value: 0 },
  { id: 'fieldMinMax', value: true },
];

function overrides({ unit, decimals, gauge }: ColumnFormat): DynamicConfigValue[] {
  return [{ id: 'unit', value: unit }, ...(decimals === undefined ? [] : [{ id: 'decimals', value: decimals }]), ...(gauge ? GAUGE : [])];
}

/** Infinity's backend sorts columns by name; this puts them back. */
function inOrderOf(query: InfinityQueryBuilder) {
  const indexByName = Object.fromEntries(query.build().columns.map(({ text }, index) => [text, index]));
  return { id: 'organize', options: { excludeByName: {}, indexByName, renameByName: {} } };
}
