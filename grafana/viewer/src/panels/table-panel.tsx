import type { PanelProps } from '@grafana/data';
import { TableNG } from '@grafana/ui/unstable';

export function TablePanel({ data, width, height, timeRange }: PanelProps) {
  const [frame] = data.series;
  return frame ? <TableNG data={frame} width={width} height={height} timeRange={timeRange} structureRev={data.structureRev} /> : null;
}
