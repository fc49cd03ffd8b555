import {
  EmbeddedScene,
  SceneDataLayerSet,
  SceneGridLayout,
  SceneRefreshPicker,
  SceneTimePicker,
  SceneTimeRange,
  VariableValueSelectors,
  behaviors,
  dataLayers,
} from '@grafana/scenes';
import type { DashboardJson } from '../dashboard-json.ts';
import { DATASOURCE } from '../infinity-datasource.ts';
import { LayerControls } from './layer-controls.tsx';
import { toGridItems } from './panels.ts';
import { TimeControls } from './time-controls.tsx';
import { toVariables } from './variables.ts';

/** Grafana's own scene library then does what it does in Grafana: variables, time range, queries, transformations, layout, annotations. */
export function dashboardScene(dashboard: DashboardJson): EmbeddedScene {
  const layers = (dashboard.annotations?.list ?? []).map(
    (query) =>
      new dataLayers.AnnotationsDataLayer({
        key: `annotations-${query.name}`,
        name: query.name,
        isEnabled: query.enable,
        isHidden: query.hide === true,
        query: { ...query, datasource: DATASOURCE },
      }),
  );
  return new EmbeddedScene({
    $timeRange: new SceneTimeRange({ from: dashboard.time.from, to: dashboard.time.to }),
    $variables: toVariables(dashboard.templating.list),
    ...(layers.length > 0 && { $data: new SceneDataLayerSet({ layers }) }),
    $behaviors: [new behaviors.CursorSync({ key: 'cursor', sync: dashboard.graphTooltip })],
    controls: [
      new VariableValueSelectors({}),
      ...(layers.length > 0 ? [new LayerControls({})] : []),
      new TimeControls({
        picker: new SceneTimePicker({ isOnCanvas: true }),
        refresh: new SceneRefreshPicker({ refresh: dashboard.refresh ?? '', isOnCanvas: true }),
      }),
    ],
    body: new SceneGridLayout({ isDraggable: false, children: toGridItems(dashboard.panels) }),
  });
}
