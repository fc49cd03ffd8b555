import type { FieldConfigSource, PanelProps } from '@grafana/data';
import type { TableCellHeight } from '@grafana/schema';
import { TableNG } from '@grafana/ui/unstable';
import { useMemo } from 'react';
import { withEvenGauges } from './gauge-columns.ts';
import { onGridKey } from './grid-keys.ts';

interface Options {
  readonly cellHeight?: TableCellHeight;
  readonly showHeader?: boolean;
  readonly sortBy?: { displayName: string; desc?: boolean }[];
}

/** A panel's text for unknown values, unless it has one for no rows at all. */
function emptyText({ defaults: { noValue = '' } }: FieldConfigSource): string {
  return /\w/.test(noValue) ? noValue : 'Nothing in this time range';
}

export function TablePanel({ data, width, height, timeRange, options, fieldConfig }: PanelProps<Options>) {
  const [frame] = useMemo(() => data.series.map(withEvenGauges), [data.series]);
  if (!frame || frame.length === 0) return <div className="tl-empty">{data.error?.message ?? emptyText(fieldConfig)}</div>;
  return (
    <div onKeyDownCapture={onGridKey}>
      <TableNG
        data={frame}
        width={width}
        height={height}
        timeRange={timeRange}
        noHeader={options.showHeader === false}
        fieldConfig={fieldConfig}
        structureRev={data.structureRev}
        {...(options.sortBy && { sortBy: options.sortBy })}
        {...(options.cellHeight && { cellHeight: options.cellHeight })}
      />
    </div>
  );
}
