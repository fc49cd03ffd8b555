import {
  EmbeddedScene,
  QueryVariable,
  SceneControlsSpacer,
  SceneDataTransformer,
  SceneGridItem,
  SceneGridLayout,
  SceneQueryRunner,
  SceneRefreshPicker,
  SceneTimePicker,
  SceneTimeRange,
  SceneVariableSet,
  VariableValueSelectors,
  VizPanel,
  behaviors,
} from '@grafana/scenes';
import type { SceneDataProvider, SceneDataQuery } from '@grafana/scenes';
import { VariableRefresh, VariableSort } from '@grafana/data';
import type { DashboardCursorSync, DataTransformerConfig } from '@grafana/schema';
import type { FieldConfigSource } from '@grafana/data';
import { DATASOURCE } from './infinity-datasource.ts';
import type { InfinityTarget } from './infinity-frame.ts';

/** The part of Grafana's classic dashboard JSON that our dashboards use. */
export interface DashboardJson {
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  readonly time: { readonly from: string; readonly to: string };
  readonly refresh: string;
  readonly graphTooltip: DashboardCursorSync;
  readonly templating: { readonly list: readonly VariableJson[] };
  readonly panels: readonly PanelJson[];
}

interface VariableJson {
  readonly type: string;
  readonly name: string;
  readonly label: string;
  readonly query: string | { readonly infinityQuery: InfinityTarget };
}

interface PanelJson {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly options: object;
  readonly fieldConfig: FieldConfigSource;
  readonly targets: readonly InfinityTarget[];
  readonly transformations?: readonly DataTransformerConfig[];
  /** A time range of the panel's own, such as `now/M`. */
  readonly timeFrom?: string;
}

/** Grafana's own scene library then does what it does in Grafana: variables, time range, queries, transformations, layout. */
export function dashboardScene(dashboard: DashboardJson): EmbeddedScene {
  return new EmbeddedScene({
    $timeRange: new SceneTimeRange({ from: dashboard.time.from, to: dashboard.time.to }),
    $variables: new SceneVariableSet({ variables: dashboard.templating.list.filter(({ type }) => type === 'query').map(toVariable) }),
    $behaviors: [new behaviors.CursorSync({ key: 'cursor', sync: dashboard.graphTooltip })],
    controls: [
      new VariableValueSelectors({}),
      new SceneControlsSpacer(),
      new SceneTimePicker({ isOnCanvas: true }),
      new SceneRefreshPicker({ refresh: dashboard.refresh, isOnCanvas: true }),
    ],
    body: new SceneGridLayout({ isDraggable: false, children: dashboard.panels.map(toGridItem) }),
  });
}

function toVariable({ name, label, query }: VariableJson): QueryVariable {
  return new QueryVariable({
    name,
    label,
    datasource: DATASOURCE,
    query: { refId: 'variable', ...(query as object) },
    isMulti: true,
    includeAll: true,
    allValue: '*',
    defaultToAll: true,
    refresh: VariableRefresh.onTimeRangeChanged,
    sort: VariableSort.alphabeticalAsc,
  });
}

function toGridItem({ id, gridPos, ...panel }: PanelJson): SceneGridItem {
  return new SceneGridItem({
    key: `grid-item-${id}`,
    x: gridPos.x,
    y: gridPos.y,
    width: gridPos.w,
    height: gridPos.h,
    body: new VizPanel({
      key: `panel-${id}`,
      pluginId: panel.type,
      title: panel.title,
      description: panel.description,
      options: panel.options,
      fieldConfig: panel.fieldConfig,
      $data: toData(panel),
      ...(panel.timeFrom && { $timeRange: new SceneTimeRange({ from: panel.timeFrom, to: 'now' }) }),
    }),
  });
}

function toData({ targets, transformations = [] }: Pick<PanelJson, 'targets' | 'transformations'>): SceneDataProvider {
  const queries = targets.map((target): SceneDataQuery => ({ ...target, datasource: DATASOURCE }));
  const runner = new SceneQueryRunner({ queries, datasource: DATASOURCE });
  return transformations.length === 0 ? runner : new SceneDataTransformer({ $data: runner, transformations: [...transformations] });
}
