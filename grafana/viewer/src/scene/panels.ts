import {
  SceneDataTransformer,
  SceneGridItem,
  SceneGridRow,
  SceneObjectUrlSyncConfig,
  SceneQueryRunner,
  SceneTimeRange,
  VizPanel,
} from '@grafana/scenes';
import type { SceneDataProvider, SceneDataQuery, SceneGridItemLike } from '@grafana/scenes';
import type { PanelJson } from '../dashboard-json.ts';
import { DATASOURCE } from '../infinity-datasource.ts';
import { TRACES } from '../trace/trace-datasource.ts';

/** The range of one panel stands in the dashboard, not in the address: it is neither written there nor read from there. */
class OwnTimeRange extends SceneTimeRange {
  protected override _urlSync = new SceneObjectUrlSyncConfig(this, { keys: [] });

  override getUrlState(): Record<string, never> {
    return {};
  }

  override updateFromUrl(): void {
    // Nothing of it is there.
  }
}

/** A row takes the panels below it, up to the next row. */
export function toGridItems(panels: readonly PanelJson[]): SceneGridItemLike[] {
  const items: SceneGridItemLike[] = [];
  let row: SceneGridRow | undefined;
  for (const panel of panels) {
    if (panel.type === 'row') {
      row = new SceneGridRow({
        key: `row-${panel.id}`,
        title: panel.title ?? '',
        isCollapsible: true,
        isCollapsed: panel.collapsed ?? false,
        y: panel.gridPos.y,
        children: (panel.panels ?? []).map(toGridItem),
      });
      items.push(row);
    } else if (row && !row.state.isCollapsed) {
      row.setState({ children: [...row.state.children, toGridItem(panel)] });
    } else {
      items.push(toGridItem(panel));
    }
  }
  return items;
}

function toGridItem({ id, gridPos, ...panel }: PanelJson): SceneGridItem {
  const data = toData(panel);
  return new SceneGridItem({
    key: `grid-item-${id}`,
    x: gridPos.x,
    y: gridPos.y,
    width: gridPos.w,
    height: gridPos.h,
    body: new VizPanel({
      key: `panel-${id}`,
      pluginId: panel.type,
      title: panel.title ?? '',
      ...(panel.description !== undefined && { description: panel.description }),
      ...(panel.transparent && { displayMode: 'transparent' as const }),
      options: panel.options ?? {},
      fieldConfig: panel.fieldConfig ?? { defaults: {}, overrides: [] },
      ...(data && { $data: data }),
      // Colours cannot be chosen here; without this, each mark of a legend is a button that the keyboard has to pass.
      extendPanelContext: (_panel, context) => delete context.onSeriesColorChange,
      ...(panel.timeFrom && { $timeRange: new OwnTimeRange({ from: panel.timeFrom, to: 'now' }) }),
    }),
  });
}

function toData({ targets = [], transformations = [] }: Pick<PanelJson, 'targets' | 'transformations'>): SceneDataProvider | undefined {
  if (targets.length === 0) return undefined;
  const datasource = targets[0]?.datasource?.type === 'jaeger' ? TRACES : DATASOURCE;
  const queries = targets.map((target): SceneDataQuery => ({ ...target, datasource }));
  const runner = new SceneQueryRunner({ queries, datasource });
  return transformations.length === 0 ? runner : new SceneDataTransformer({ $data: runner, transformations: [...transformations] });
}
