import { FieldType, LoadingState, toDataFrame } from '@grafana/data';
import type { DataQueryRequest, DataQueryResponse } from '@grafana/data';
import { RuntimeDataSource, sceneGraph } from '@grafana/scenes';
import type { DataQuery } from '@grafana/schema';
import { from } from 'rxjs';
import type { Observable } from 'rxjs';
import { askTrace } from '../api.ts';
import { sceneOf } from '../infinity-datasource.ts';
import type { Trace } from './trace.ts';

export const TRACES = { type: 'jaeger', uid: 'tokenledger-traces' } as const;

/** Stands in for Grafana's Jaeger data source: a query is a trace id. */
export class TraceDatasource extends RuntimeDataSource {
  constructor() {
    super(TRACES.type, TRACES.uid);
  }

  query({ targets, scopedVars }: DataQueryRequest): Observable<DataQueryResponse> {
    const scene = sceneOf(scopedVars);
    const frames = targets.map(async (target) => {
      const { refId, query = '' } = target as DataQuery & { readonly query?: string };
      const traceId = (scene ? sceneGraph.interpolate(scene, query, scopedVars) : query).trim();
      return toFrame(refId, /^[0-9a-f]{32}$/i.test(traceId) ? await askTrace(traceId.toLowerCase()) : undefined);
    });
    return from(Promise.all(frames).then((data) => ({ data, state: LoadingState.Done })));
  }
}

/** The rows are only for who counts them; the tree travels beside. */
function toFrame(refId: string, trace: Trace | undefined) {
  return toDataFrame({
    refId,
    meta: { custom: { trace } },
    fields: [{ name: 'spanID', type: FieldType.string, config: {}, values: trace?.spans.map(({ span_id }) => span_id) ?? [] }],
  });
}
