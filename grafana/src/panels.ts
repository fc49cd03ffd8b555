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
import {
  DashboardLinkBuilder,
  DashboardLinkType,
  FieldColorBuilder,
  FieldColorModeId,
  ThresholdsConfigBuilder,
  ThresholdsMode,
} from '@grafana/grafana-foundation-sdk/dashboard';
import type { Panel, Threshold } from '@grafana/grafana-foundation-sdk/dashboard';
import { PanelBuilder as StatPanel } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as TimeseriesPanel } from '@grafana/grafana-foundation-sdk/timeseries';
import { toTarget, type Question } from './ask.ts';
import type { Column, Link } from './columns.ts';
import { DATASOURCE } from './filters.ts';

/** What every panel says of itself. Sizes are in Grafana's grid of 24 columns. */
export interface PanelFacts {
  readonly title: string;
  /** What the number means, and where it misleads. */
  readonly description: string;
  readonly ask: Question;
  readonly width: number;
  readonly height?: number;
}

const TILE_HEIGHT = 4;
export const PANEL_HEIGHT = 8;

/** A meter nobody used, a model without errors: no line in legend and tooltip. */
const HIDE_ALL_ZERO = {
  matcher: { id: 'byValue', options: { reducer: 'allIsZero', op: 'gte', value: 0 } },
  properties: [{ id: 'custom.hideFrom', value: { legend: true, tooltip: true, viz: false } }],
};

const PLAIN: Threshold[] = [{ value: null, color: 'text' }];

/** Links are URLs of our own: all variables they carry are in them. */
export function dataLink({ title, url }: Link): DashboardLinkBuilder {
  return new DashboardLinkBuilder(title).type(DashboardLinkType.Link).url(url);
}
const fieldLink = ({ title, url }: Link) => ({ title, url });

interface StatFacts extends PanelFacts {
  readonly value: Column;
  /** A time range of its own, such as `now/M`, instead of the dashboard's. */
  readonly timeFrom?: string;
  /** Colour from a value on; plain text colour below. */
  readonly steps?: readonly { readonly from: number; readonly color: string }[];
}

/** One number, from a question with one row. */
export function stat({ title, description, ask, width, height = TILE_HEIGHT, value, timeFrom, steps = [] }: StatFacts): Builder<Panel> {
  const panel = new StatPanel()
    .title(title)
    .description(description)
    .datasource(DATASOURCE)
    .withTarget(toTarget(ask, [value]))
    .unit(value.unit ?? 'string')
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
  if (value.decimals !== undefined) panel.decimals(value.decimals);
  if (value.link) panel.overrideByName(value.text, [{ id: 'links', value: [fieldLink(value.link)] }]);
  if (timeFrom !== undefined) panel.timeFrom(timeFrom);
  return panel;
}

interface SeriesFacts extends PanelFacts {
  readonly values: readonly Column[];
  readonly stacked?: boolean;
  /** Where a click on a point leads. */
  readonly link?: Link;
}

/** Lines, or stacked bars for what adds up. A question by a dimension names the lines after its values. */
export function series({
  title,
  description,
  ask,
  width,
  height = PANEL_HEIGHT,
  values,
  stacked = false,
  link,
}: SeriesFacts): Builder<Panel> {
  const panel = new TimeseriesPanel()
    .title(title)
    .description(description)
    .datasource(DATASOURCE)
    .withTarget(toTarget(ask, values))
    .unit(values[0]?.unit ?? 'short')
    .span(width)
    .height(height)
    .drawStyle(stacked ? GraphDrawStyle.Bars : GraphDrawStyle.Line)
    .fillOpacity(stacked ? 80 : 10)
    .lineWidth(stacked ? 0 : 2)
    .stacking(new StackingConfigBuilder().mode(stacked ? StackingMode.Normal : StackingMode.None))
    .colorScheme(new FieldColorBuilder().mode(FieldColorModeId.PaletteClassicByName))
    .legend(new VizLegendOptionsBuilder().displayMode(LegendDisplayMode.List).placement(LegendPlacement.Bottom).showLegend(true).calcs([]))
    .withOverride(HIDE_ALL_ZERO)
    .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi).sort(SortOrder.Descending));
  if (link) panel.dataLinks([dataLink(link)]);
  if (ask.fixed.some(({ selector }) => selector === 'series')) panel.displayName('${__field.labels.series}');
  return panel;
}

interface BarsFacts extends PanelFacts {
  readonly name: Column;
  readonly value: Column;
}

/** A bar per row, in the order of the answer. */
export function bars({ title, description, ask, width, height = PANEL_HEIGHT, name, value }: BarsFacts): Builder<Panel> {
  const panel = new BarGaugePanel()
    .title(title)
    .description(description)
    .datasource(DATASOURCE)
    .withTarget(toTarget(ask, [name, value]))
    .unit(value.unit ?? 'short')
    .span(width)
    .height(height)
    .min(0)
    .noValue('–')
    .orientation(VizOrientation.Horizontal)
    .displayMode(BarGaugeDisplayMode.Basic)
    .showUnfilled(false)
    .reduceOptions(new ReduceDataOptionsBuilder().values(true).calcs([]))
    .colorScheme(new FieldColorBuilder().mode(FieldColorModeId.Fixed).fixedColor('blue'))
    .withTransformation(inOrderOf([name, value]));
  if (value.link) panel.dataLinks([dataLink(value.link)]);
  return panel;
}

/** Infinity's backend sorts columns by name; this puts them back. */
export function inOrderOf(columns: readonly Column[]) {
  const indexByName = Object.fromEntries(columns.map(({ text }, index) => [text, index]));
  return { id: 'organize', options: { excludeByName: {}, indexByName, renameByName: {} } };
}
