import { EventBusSrv } from '@grafana/data';
import type { PanelProps } from '@grafana/data';
import { DashboardCursorSync } from '@grafana/schema';
import type { VizLegendOptions } from '@grafana/schema';
import { PanelContextProvider, TimeSeries } from '@grafana/ui';

const context = { eventsScope: 'tokenledger', eventBus: new EventBusSrv(), sync: () => DashboardCursorSync.Off };

export function TimeseriesPanel({ data, timeRange, timeZone, width, height, options }: PanelProps<{ readonly legend: VizLegendOptions }>) {
  return (
    <PanelContextProvider value={context}>
      <TimeSeries
        frames={data.series}
        {...(data.structureRev !== undefined && { structureRev: data.structureRev })}
        timeRange={timeRange}
        timeZone={timeZone}
        width={width}
        height={height}
        legend={options.legend}
        options={options}
      />
    </PanelContextProvider>
  );
}
