import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import {
  GraphDrawStyle,
  LegendDisplayMode,
  LegendPlacement,
  ScaleDistribution,
  ScaleDistributionConfigBuilder,
  SortOrder,
  StackingConfigBuilder,
  StackingMode,
  TooltipDisplayMode,
  VisibilityMode,
  VizLegendOptionsBuilder,
  VizTooltipOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import { FieldColorBuilder, FieldColorModeId } from '@grafana/grafana-foundation-sdk/dashboard';
import type { Panel } from '@grafana/grafana-foundation-sdk/dashboard';
import { PanelBuilder as TimeseriesPanel } from '@grafana/grafana-foundation-sdk/timeseries';
import { Milliseconds, PercentUnit } from '@grafana/grafana-foundation-sdk/units';
import { toTarget, type Question } from './ask.ts';
import { DRAWN } from './colours.ts';
import { PER_SECOND, type Column, type Link } from './columns.ts';
import { DATASOURCE } from './filters.ts';
import { dataLink, inOrderOf, PANEL_HEIGHT, type PanelFacts } from './panels.ts';

type Nothing = 'allIsZero' | 'allIsNull';

/** What is in the chart is in its legend, and what is not is in neither: bars of a meter nobody used, a line of a model that is never streamed. */
const hide = (reducer: Nothing) => ({
  matcher: { id: 'byValue', options: { reducer, op: 'gte', value: 0 } },
  properties: [{ id: 'custom.hideFrom', value: { legend: true, tooltip: true, viz: true } }],
});
/** Nobody is as fast as 0; but this model never reads from a cache, and there were no errors. */
const nothingOf = (values: readonly Column[], stacked: boolean): readonly Nothing[] =>
  stacked || hasOneUnitOf(values, SPEEDS) ? ['allIsZero', 'allIsNull'] : ['allIsNull'];

interface SeriesFacts extends PanelFacts {
  readonly values: readonly Column[];
  readonly stacked?: boolean;
  /** For what differs by orders of magnitude. */
  readonly isLogarithmic?: boolean;
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
  isLogarithmic = false,
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
    .scaleDistribution(new ScaleDistributionConfigBuilder().type(isLogarithmic ? ScaleDistribution.Log : ScaleDistribution.Linear).log(10))
    // The largest first: neighbours never look alike, which a colour by name does not promise.
    .colorScheme(new FieldColorBuilder().mode(FieldColorModeId.PaletteClassic))
    .legend(new VizLegendOptionsBuilder().displayMode(LegendDisplayMode.List).placement(LegendPlacement.Bottom).showLegend(true).calcs([]))
    .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi).sort(SortOrder.Descending));
  for (const reducer of nothingOf(values, stacked)) panel.withOverride(hide(reducer));
  (stacked ? asBars : asLines)(panel, values);
  if (!isLogarithmic && !stacked) panel.axisSoftMin(0);
  // Without errors there is nothing to scale by, and the axis would go to 10,000 %.
  if (hasOneUnitOf(values, SHARES)) panel.axisSoftMax(0.01);
  for (const [name, color] of coloursOf(ask, values))
    panel.overrideByName(name, [{ id: 'color', value: { mode: 'fixed', fixedColor: color } }]);
  if (link) panel.dataLinks([dataLink(link)]);
  if (ask.fixed.some(({ selector }) => selector === 'series')) panel.displayName('${__field.labels.series}');
  // Of several measures the first is the lowest bar and the first of the legend.
  else if (values.length > 1) panel.withTransformation(inOrderOf([...ask.fixed, ...values]));
  return panel;
}

function asBars(panel: TimeseriesPanel): void {
  panel
    .drawStyle(GraphDrawStyle.Bars)
    .fillOpacity(100)
    .lineWidth(0)
    .barWidthFactor(0.9)
    .showPoints(VisibilityMode.Never)
    .stacking(new StackingConfigBuilder().mode(StackingMode.Normal));
}

function asLines(panel: TimeseriesPanel, values: readonly Column[]): void {
  panel
    .drawStyle(GraphDrawStyle.Line)
    .fillOpacity(0)
    .lineWidth(2)
    .spanNulls(hasOneUnitOf(values, BRIDGED) ? WHOLE_RANGE_MS : false)
    // A single point is no line of no length: hardly thicker than the line, it is seen where it stands alone.
    .showPoints(VisibilityMode.Always)
    .pointSize(4)
    .stacking(new StackingConfigBuilder().mode(StackingMode.None));
}

/** Not simply `true`: Grafana then draws no point that stands alone. */
const WHOLE_RANGE_MS = 10 * 365 * 86_400_000;
/** Shares, durations and speeds: where nothing was asked there is none, and the line goes on to where something was. */
const BRIDGED: ReadonlySet<string | undefined> = new Set([PercentUnit, Milliseconds, PER_SECOND]);
const SPEEDS: ReadonlySet<string | undefined> = new Set([Milliseconds, PER_SECOND]);
const SHARES: ReadonlySet<string | undefined> = new Set([PercentUnit]);
const hasOneUnitOf = (values: readonly Column[], units: ReadonlySet<string | undefined>) => values.every(({ unit }) => units.has(unit));

/** Values of dimensions that have the same colour in every chart. */
const KNOWN_COLORS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  provider: {
    openai: DRAWN.green,
    anthropic: DRAWN.orange,
    'gcp.gemini': DRAWN.blue,
    'gcp.vertex_ai': DRAWN.lightBlue,
    'aws.bedrock': DRAWN.gold,
    'azure.ai.openai': DRAWN.teal,
    mistral_ai: DRAWN.red,
    groq: DRAWN.purple,
  },
};
const OF_NOBODY = { '(none)': DRAWN.grey } as const;

function coloursOf({ params }: Question, values: readonly Column[]): readonly (readonly [name: string, color: string])[] {
  const by = params['group_by'];
  if (by !== undefined) return Object.entries({ ...KNOWN_COLORS[by], ...OF_NOBODY });
  return values.flatMap(({ text, color }) => (color === undefined ? [] : [[text, color] as const]));
}
