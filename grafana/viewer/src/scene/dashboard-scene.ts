import {
  EmbeddedScene,
  SceneDataLayerSet,
  SceneGridItem,
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
import { reflow } from './reflow.ts';
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
  const grid = new SceneGridLayout({ isDraggable: false, children: toGridItems(dashboard.panels) });
  return new EmbeddedScene({
    $timeRange: new SceneTimeRange({ from: dashboard.time.from, to: dashboard.time.to }),
    $variables: toVariables(dashboard.templating.list),
    ...(layers.length > 0 && { $data: new SceneDataLayerSet({ layers }) }),
    $behaviors: [new behaviors.CursorSync({ key: 'cursor', sync: dashboard.graphTooltip }), () => fitToScreen(grid, dashboard)],
    controls: [
      new VariableValueSelectors({}),
      ...(layers.length > 0 ? [new LayerControls({})] : []),
      new TimeControls({
        picker: new SceneTimePicker({ isOnCanvas: true }),
        refresh: new SceneRefreshPicker({ refresh: dashboard.refresh ?? '', isOnCanvas: true, withText: true }),
      }),
    ],
    body: grid,
  });
}

/** Where the navigation is a menu there is half the room (viewer.css). */
const NARROW = '(max-width: 1100px)';

/** As the dashboard has it where there is room, else as `reflow` has it; again whenever that changes. */
function fitToScreen(grid: SceneGridLayout, { panels }: DashboardJson): () => void {
  const screen = window.matchMedia(NARROW);
  const fit = () => {
    const places = screen.matches ? reflow(panels) : panels.map(({ gridPos }) => gridPos);
    grid.state.children.forEach((item, index) => {
      const place = places[index];
      if (place && item instanceof SceneGridItem) item.setState({ x: place.x, y: place.y, width: place.w, height: place.h });
    });
    grid.forceRender();
  };
  fit();
  screen.addEventListener('change', fit);
  return () => screen.removeEventListener('change', fit);
}
