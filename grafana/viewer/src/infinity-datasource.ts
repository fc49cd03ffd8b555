import { LoadingState, toDataFrame } from '@grafana/data';
import type { DataQueryRequest, DataQueryResponse, MetricFindValue, ScopedVars } from '@grafana/data';
import { RuntimeDataSource, sceneGraph } from '@grafana/scenes';
import type { SceneObject } from '@grafana/scenes';
import type { DataQuery } from '@grafana/schema';
import { from } from 'rxjs';
import type { Observable } from 'rxjs';
import { askRows } from './api.ts';
import { toFrameFields } from './infinity-frame.ts';
import type { InfinityTarget } from './infinity-frame.ts';

export const DATASOURCE = { type: 'yesoreyeram-infinity-datasource', uid: 'tokenledger' } as const;

export interface VariableQuery {
  readonly infinityQuery: InfinityTarget;
}

/** Stands in for the Infinity plugin: the same targets, the same requests, the same frames; the requests leave from the browser. */
export class InfinityDatasource extends RuntimeDataSource {
  /** Being there, it says that annotations are asked for as panels ask. */
  override readonly annotations = {};

  constructor() {
    super(DATASOURCE.type, DATASOURCE.uid);
  }

  query(request: DataQueryRequest): Observable<DataQueryResponse> {
    const frames = request.targets.map(async (query) => {
      const target = query as DataQuery & InfinityTarget;
      const rows = await askRows(toUrl(target, request));
      return toDataFrame({ refId: target.refId, fields: toFrameFields(target, rows).map((field) => ({ ...field, config: {} })) });
    });
    return from(Promise.all(frames).then((data) => ({ data, state: LoadingState.Done })));
  }

  override async metricFindQuery(
    query: VariableQuery,
    options?: Pick<DataQueryRequest, 'range' | 'scopedVars'>,
  ): Promise<MetricFindValue[]> {
    if (!options?.range) return [];
    const rows = await askRows(toUrl(query.infinityQuery, { range: options.range, scopedVars: options.scopedVars ?? {} }));
    return rows.map(({ text, value }) => ({ text: String(text), value: String(value) }));
  }
}

function toUrl({ url, url_options }: InfinityTarget, { range, scopedVars }: Pick<DataQueryRequest, 'range' | 'scopedVars'>): URL {
  const full = new URL(url, location.origin);
  const scene = sceneOf(scopedVars);
  for (const { key, value } of url_options.params) {
    const timed = value.replaceAll('${__timeFrom}', String(range.from.valueOf())).replaceAll('${__timeTo}', String(range.to.valueOf()));
    full.searchParams.append(key, scene ? sceneGraph.interpolate(scene, timed, scopedVars) : timed);
  }
  return full;
}

/** Scenes puts the object that asks into the scoped variables; it is where `${team:json}` is looked up from. */
export function sceneOf(scopedVars: ScopedVars): SceneObject | undefined {
  const scoped = scopedVars['__sceneObject']?.value as { valueOf(): SceneObject } | undefined;
  return scoped?.valueOf();
}
