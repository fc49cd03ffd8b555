import { PanelBuilder as BarGaugePanel } from '@grafana/grafana-foundation-sdk/bargauge';
import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import {
  BarGaugeDisplayMode,
  BarGaugeNamePlacement,
  BarGaugeSizing,
  BigValueColorMode,
  BigValueGraphMode,
  ReduceDataOptionsBuilder,
  VizOrientation,
  VizTextDisplayOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import {
  DashboardLinkBuilder,
  DashboardLinkType,
  FieldColorBuilder,
  FieldColorModeId,
  MappingType,
  ThresholdsConfigBuilder,
  ThresholdsMode,
} from '@grafana/grafana-foundation-sdk/dashboard';
import type { Panel, Threshold, ValueMapping } from '@grafana/grafana-foundation-sdk/dashboard';
import { PanelBuilder as StatPanel } from '@grafana/grafana-foundation-sdk/stat';
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

const TILE_HEIGHT = 3;
export const PANEL_HEIGHT = 8;

/** One size for all tiles, and one for all bars: beside each other they are read as one row. */
const TILE_TEXT = new VizTextDisplayOptionsBuilder().valueSize(28);
/** A word or a name is longer than a number. */
const WORDS_TEXT = new VizTextDisplayOptionsBuilder().valueSize(18);
const BAR_TEXT = new VizTextDisplayOptionsBuilder().valueSize(14);
/** Bars are no thicker where there are few of them. */
const TALLEST_BAR = 28;

/** Without it only numbers are looked at. */
const EVERY_FIELD = '/.*/';

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
  /** Words in place of a number. */
  readonly says?: Readonly<Record<string, string>>;
  /** Colour from a value on; plain text colour below. */
  readonly steps?: readonly { readonly from: number; readonly color: string }[];
}

/** One number, from a question with one row. */
export function stat({
  title,
  description,
  ask,
  width,
  height = TILE_HEIGHT,
  value,
  timeFrom,
  says,
  steps = [],
}: StatFacts): Builder<Panel> {
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
    .text(value.type === 'string' ? WORDS_TEXT : TILE_TEXT)
    .colorMode(BigValueColorMode.Value)
    .reduceOptions(new ReduceDataOptionsBuilder().calcs(['lastNotNull']).fields(value.type === 'string' ? EVERY_FIELD : ''))
    .colorScheme(new FieldColorBuilder().mode(FieldColorModeId.Thresholds))
    .thresholds(
      new ThresholdsConfigBuilder()
        .mode(ThresholdsMode.Absolute)
        .steps([...PLAIN, ...steps.map(({ from, color }) => ({ value: from, color }))]),
    );
  if (value.decimals !== undefined) panel.decimals(value.decimals);
  if (says) panel.mappings([saying(says)]);
  if (value.link) panel.overrideByName(value.text, [{ id: 'links', value: [fieldLink(value.link)] }]);
  if (timeFrom !== undefined) panel.timeFrom(timeFrom);
  return panel;
}

function saying(says: Readonly<Record<string, string>>): ValueMapping {
  const options = Object.fromEntries(Object.entries(says).map(([value, text], index) => [value, { text, index }]));
  return { type: MappingType.ValueToText, options };
}

interface BarsFacts extends PanelFacts {
  /** Long names stand above their bars. */
  readonly hasLongNames?: boolean;
  readonly name: Column;
  readonly value: Column;
}

/** A bar per row, in the order of the answer. */
export function bars({
  title,
  description,
  ask,
  width,
  height = PANEL_HEIGHT,
  name,
  value,
  hasLongNames = false,
}: BarsFacts): Builder<Panel> {
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
    .text(BAR_TEXT)
    .maxVizHeight(TALLEST_BAR)
    .sizing(BarGaugeSizing.Manual)
    .namePlacement(hasLongNames ? BarGaugeNamePlacement.Top : BarGaugeNamePlacement.Left)
    .reduceOptions(new ReduceDataOptionsBuilder().values(true).calcs([]))
    .colorScheme(new FieldColorBuilder().mode(FieldColorModeId.Fixed).fixedColor('blue'))
    .withTransformation(inOrderOf([name, value]));
  if (value.decimals !== undefined) panel.decimals(value.decimals);
  if (value.link) panel.dataLinks([dataLink(value.link)]);
  return panel;
}

/** Infinity's backend sorts columns by name; this puts them back. */
export function inOrderOf(columns: readonly Column[]) {
  const indexByName = Object.fromEntries(columns.map(({ text }, index) => [text, index]));
  return { id: 'organize', options: { excludeByName: {}, indexByName, renameByName: {} } };
}
