import { FieldType, dateTimeFormat, getFieldDisplayName } from '@grafana/data';
import type { DataFrame, LinkModel, PanelProps } from '@grafana/data';
import { DashboardCursorSync, SortOrder, StackingMode, TooltipDisplayMode } from '@grafana/schema';
import type { StackingConfig, VizLegendOptions, VizTooltipOptions } from '@grafana/schema';
import {
  EventBusPlugin,
  TimeSeries,
  TooltipPlugin2,
  VizTooltipContent,
  VizTooltipFooter,
  VizTooltipHeader,
  VizTooltipWrapper,
  XAxisInteractionAreaPlugin,
  getFieldDisplayItems,
  getFieldDisplayLinks,
  usePanelContext,
} from '@grafana/ui';
import type { ComponentProps } from 'react';
import { AnnotationMarks } from './annotation-marks.tsx';
import { KeyboardCursor } from './keyboard-cursor.ts';
import { WholeBars } from './whole-bars.ts';

interface Options {
  readonly legend: VizLegendOptions;
  readonly tooltip?: VizTooltipOptions;
}

const NONE: DataFrame[] = [];

type HoverMode = ComponentProps<typeof TooltipPlugin2>['hoverMode'];
/** Grafana's enum of them is not published: the nearest series, or all at the time under the pointer. */
const HOVER_MODE: Readonly<Partial<Record<TooltipDisplayMode, HoverMode>>> = {
  [TooltipDisplayMode.Single]: 0 as HoverMode,
  [TooltipDisplayMode.Multi]: 1 as HoverMode,
};

export function TimeseriesPanel(props: PanelProps<Options>) {
  const { data, timeRange, timeZone, width, height, options, onChangeTimeRange, title } = props;
  const { sync, eventBus, eventsScope } = usePanelContext();
  const { stacking } = props.fieldConfig.defaults.custom as { readonly stacking?: StackingConfig };
  const isStacked = stacking?.mode === StackingMode.Normal;
  const cursorSync = sync?.() ?? DashboardCursorSync.Off;
  const { mode = TooltipDisplayMode.Multi, sort = SortOrder.Descending } = options.tooltip ?? {};
  const hoverMode = HOVER_MODE[mode];
  const zoom = ({ from, to }: { from: number; to: number }) => onChangeTimeRange({ from, to });
  const numbers = data.series.flatMap(({ fields }) => fields.filter(({ type }) => type === FieldType.number));
  // An axis without a line would look like nothing spent, and what has no price is not that.
  if (!numbers.some(({ values }) => values.some((value) => value !== null)))
    return (
      <div className="tl-empty">
        {data.error?.message ?? (numbers.length === 0 ? 'Nothing in this time range' : 'Nothing known in this time range')}
      </div>
    );
  return (
    <TimeSeries
      frames={data.series}
      {...(data.structureRev !== undefined && { structureRev: data.structureRev })}
      timeRange={timeRange}
      timeZone={timeZone}
      width={width}
      height={height}
      legend={options.legend}
      options={options}
    >
      {(config, frame) => (
        <>
          <KeyboardCursor config={config} title={title} isStacked={isStacked} />
          {isStacked && <WholeBars config={config} />}
          {cursorSync !== DashboardCursorSync.Off && <EventBusPlugin config={config} eventBus={eventBus} frame={frame} />}
          <XAxisInteractionAreaPlugin config={config} queryZoom={zoom} />
          {hoverMode !== undefined && (
            <TooltipPlugin2
              config={config}
              hoverMode={hoverMode}
              queryZoom={zoom}
              clientZoom
              syncMode={cursorSync}
              syncScope={eventsScope}
              getDataLinks={(series, row) => linksAt(frame, series, row)}
              render={(_plot, rows, series, isPinned, _dismiss, _range, _isSynced, links) => (
                <Hover
                  frame={frame}
                  rows={rows}
                  series={series}
                  isPinned={isPinned}
                  links={links}
                  mode={mode}
                  sort={sort}
                  timeZone={timeZone}
                />
              )}
            />
          )}
          <AnnotationMarks config={config} frames={data.annotations ?? NONE} timeZone={timeZone} />
        </>
      )}
    </TimeSeries>
  );
}

const linksAt = (frame: DataFrame, series: number, row: number): LinkModel[] => {
  const field = frame.fields[series];
  return field ? getFieldDisplayLinks(field, row) : [];
};

interface HoverProps {
  readonly frame: DataFrame;
  /** Of each series the row under the pointer. */
  readonly rows: (number | null)[];
  readonly series: number | null;
  readonly isPinned: boolean;
  readonly links: LinkModel[];
  readonly mode: TooltipDisplayMode;
  readonly sort: SortOrder;
  readonly timeZone: string;
}

const MOST_HEIGHT = 320;

function Hover({ frame, rows, series, isPinned, links, mode, sort, timeZone }: HoverProps) {
  const [time] = frame.fields;
  const row = rows[0];
  if (!time || row === null || row === undefined) return null;
  const shown = (field: DataFrame['fields'][number]) => field.config.custom?.hideFrom?.tooltip !== true;
  const items = getFieldDisplayItems(frame.fields, time, rows, series, mode, sort, shown, true);
  return (
    <VizTooltipWrapper>
      <VizTooltipHeader
        item={{ label: getFieldDisplayName(time, frame), value: dateTimeFormat(time.values[row], { timeZone }) }}
        isPinned={isPinned}
      />
      <VizTooltipContent items={items} isPinned={isPinned} scrollable maxHeight={MOST_HEIGHT} />
      {isPinned && links.length > 0 && <VizTooltipFooter dataLinks={links} />}
    </VizTooltipWrapper>
  );
}
