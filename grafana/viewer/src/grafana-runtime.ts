/**
 * What Grafana's own frontend sets up before a dashboard is drawn: registries of field options and transformations, the panels,
 * the data source. The panels are thin: the components in them are Grafana's published ones.
 */
import {
  EventBusSrv,
  LoadingState,
  PanelPlugin,
  PluginType,
  booleanOverrideProcessor,
  dataLinksOverrideProcessor,
  displayNameOverrideProcessor,
  identityOverrideProcessor,
  locationUtil,
  numberOverrideProcessor,
  standardEditorsRegistry,
  standardFieldConfigEditorRegistry,
  standardTransformers,
  standardTransformersRegistry,
  stringOverrideProcessor,
  thresholdsOverrideProcessor,
  unitOverrideProcessor,
  valueMappingsOverrideProcessor,
} from '@grafana/data';
import type {
  DataQueryResponse,
  DataTransformerInfo,
  FieldConfigPropertyItem,
  PanelData,
  PanelProps,
  TransformerRegistryItem,
} from '@grafana/data';
import { config, setAppEvents, setPluginImportUtils, setRunRequest } from '@grafana/runtime';
import { SceneQueryRunner, sceneUtils } from '@grafana/scenes';
import type { ComponentType } from 'react';
import { catchError, from, map, of, startWith } from 'rxjs';
import { InfinityDatasource, sceneOf } from './infinity-datasource.ts';
import { BarGaugePanel } from './panels/bar-gauge-panel.tsx';
import { StatPanel } from './panels/stat-panel.tsx';
import { TablePanel } from './panels/table-panel.tsx';
import { TimeseriesPanel } from './panels/timeseries-panel.tsx';
import { theme } from './theme.ts';
import { TraceDatasource } from './trace/trace-datasource.ts';
import { TracesPanel } from './trace/traces-panel.tsx';

export function setUpGrafana(): void {
  config.theme2 = theme;
  // Panels tell each other where the pointer is.
  setAppEvents(new EventBusSrv());
  standardEditorsRegistry.setInit(() => []);
  standardFieldConfigEditorRegistry.setInit(() =>
    Object.entries(FIELD_OPTIONS).map(([id, process]) => fieldOption(id, process as FieldConfigPropertyItem['process'])),
  );
  standardTransformersRegistry.setInit(transformers);
  const plugins = new Map(Object.entries(PANELS).map(([id, panel]) => [id, panelPlugin(id, panel)]));
  setPluginImportUtils({
    getPanelPluginFromCache: (id) => plugins.get(id),
    importPanelPlugin: async (id) => {
      const plugin = plugins.get(id);
      if (!plugin) throw new Error(`this viewer draws no panels of type ${id}`);
      return plugin;
    },
  });
  sceneUtils.registerRuntimeDataSource({ dataSource: new InfinityDatasource() });
  sceneUtils.registerRuntimeDataSource({ dataSource: new TraceDatasource() });
  // Links in panels are within this site; what they carry over stands in the links themselves.
  locationUtil.initialize({
    // Grafana's guard against other protocols decodes what stands in a link, so that `a & b` would end at its `&`. Ours all begin with /d/.
    config: { ...config, disableSanitizeHtml: true } as unknown as Parameters<typeof locationUtil.initialize>[0]['config'],
    getVariablesUrlParams: () => ({}),
    getTimeRangeForUrl: () => ({ from: 'now-7d', to: 'now' }),
  });
  setRunRequest((datasource, request) =>
    from(datasource.query(request)).pipe(
      map((answer) => toPanelData(answer, request)),
      // A panel says that it is waiting; what it showed before it goes on showing.
      startWith(toPanelData({ data: [], state: LoadingState.Loading }, request)),
      catchError((error: unknown) => of(failed(error, request))),
    ),
  );
}

function toPanelData({ data, state }: DataQueryResponse, request: PanelData['request'] & object): PanelData {
  return { state: state ?? LoadingState.Done, series: data as PanelData['series'], timeRange: request.range, request, structureRev: 1 };
}

/** A panel says what failed, and what it showed before it goes on showing. */
function failed(error: unknown, request: PanelData['request'] & object): PanelData {
  const runner = sceneOf(request.scopedVars);
  const data = runner instanceof SceneQueryRunner ? (runner.state.data?.series ?? []) : [];
  const told = { message: error instanceof Error ? error.message : String(error) };
  return { ...toPanelData({ data, state: LoadingState.Error }, request), error: told, errors: [told] };
}

/** Field options by id and the function that applies an override of them. */
const FIELD_OPTIONS = {
  displayName: displayNameOverrideProcessor,
  unit: unitOverrideProcessor,
  min: numberOverrideProcessor,
  max: numberOverrideProcessor,
  decimals: numberOverrideProcessor,
  noValue: stringOverrideProcessor,
  mappings: valueMappingsOverrideProcessor,
  thresholds: thresholdsOverrideProcessor,
  color: identityOverrideProcessor,
  links: dataLinksOverrideProcessor,
  fieldMinMax: booleanOverrideProcessor,
} as const;

const CUSTOM_DEFAULTS: Readonly<Record<string, unknown>> = {
  drawStyle: 'line',
  lineWidth: 1,
  fillOpacity: 10,
  lineInterpolation: 'linear',
  showPoints: 'never',
  pointSize: 5,
  spanNulls: false,
  barAlignment: 0,
  barWidthFactor: 0.6,
  axisSoftMin: undefined,
  axisSoftMax: undefined,
  axisPlacement: 'auto',
  gradientMode: 'none',
  stacking: { mode: 'none', group: 'A' },
  hideFrom: { legend: false, tooltip: false, viz: false },
  scaleDistribution: { type: 'linear' },
  thresholdsStyle: { mode: 'off' },
  cellOptions: { type: 'auto' },
  align: 'auto',
  // Without a default; known, so that a column's own is taken.
  width: undefined,
  minWidth: undefined,
  wrapText: undefined,
};

function fieldOption(id: string, process: FieldConfigPropertyItem['process']): FieldConfigPropertyItem {
  const nothing = () => null;
  return {
    id,
    path: id,
    name: id,
    editor: nothing,
    override: nothing,
    process,
    shouldApply: () => true,
    settings: { expandTemplateVars: true },
  };
}

function transformers(): TransformerRegistryItem[] {
  const byId = new Map(Object.values(standardTransformers).map((transformer) => [transformer.id, transformer as DataTransformerInfo]));
  return [...byId.values()].map((transformer) => ({
    id: transformer.id,
    name: transformer.name,
    transformation: async () => transformer,
    editor: () => null,
    imageDark: '',
    imageLight: '',
  }));
}

const PANELS: Readonly<Record<string, ComponentType<PanelProps>>> = {
  bargauge: BarGaugePanel,
  stat: StatPanel,
  table: TablePanel,
  timeseries: TimeseriesPanel,
  traces: TracesPanel,
};

function panelPlugin(id: string, panel: ComponentType<PanelProps>): PanelPlugin {
  const plugin = new PanelPlugin(panel).useFieldConfig({
    useCustomConfig: (builder) => {
      for (const [name, defaultValue] of Object.entries(CUSTOM_DEFAULTS)) {
        builder.addCustomEditor({
          id: name,
          path: name,
          name,
          defaultValue,
          editor: () => null,
          override: () => null,
          process: identityOverrideProcessor,
          shouldApply: () => true,
        });
      }
    },
  });
  const info = {
    author: { name: '' },
    description: '',
    links: [],
    logos: { small: '', large: '' },
    screenshots: [],
    updated: '',
    version: '',
  };
  plugin.meta = { id, name: id, type: PluginType.panel, module: '', baseUrl: '', sort: 0, info };
  return plugin;
}
