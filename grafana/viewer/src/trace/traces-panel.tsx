import type { PanelProps } from '@grafana/data';
import type { Trace } from './trace.ts';
import { TraceTree } from './trace-tree.tsx';

/** A trace as agent → step → tool → call, with cost on each line. */
export function TracesPanel({ data, height }: PanelProps) {
  const trace = data.series[0]?.meta?.custom?.['trace'] as Trace | undefined;
  return trace ? (
    <TraceTree trace={trace} height={height} />
  ) : (
    <div className="tl-empty">Choose a trace: follow the link of a call or a run, or paste a trace id above.</div>
  );
}
