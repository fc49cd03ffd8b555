/** What one of our files is made of: Grafana's dashboard, with the panels, targets and variables that we use. `generate.ts` reads it. */
import type { Options as BarGaugeOptions } from '@grafana/grafana-foundation-sdk/bargauge';
import type { TableFieldOptions } from '@grafana/grafana-foundation-sdk/common';
import type { Dashboard, FieldConfig, Panel, VariableModel, AnnotationQuery } from '@grafana/grafana-foundation-sdk/dashboard';
import type { Options as StatOptions } from '@grafana/grafana-foundation-sdk/stat';
import type { Options as TableOptions } from '@grafana/grafana-foundation-sdk/table';
import type { FieldConfig as TimeseriesFieldConfig, Options as TimeseriesOptions } from '@grafana/grafana-foundation-sdk/timeseries';
import type { InfinityQuery } from '../src/infinity-query.ts';

/** The SDK calls the options of every panel `Options`; a schema needs a name for each. */
interface StatPanelOptions extends StatOptions {}
interface TimeseriesPanelOptions extends TimeseriesOptions {}
interface TimeseriesPanelFields extends TimeseriesFieldConfig {}
interface BarGaugePanelOptions extends BarGaugeOptions {}
interface TablePanelOptions extends TableOptions {}

type Target = Omit<InfinityQuery, '_implementsDataqueryVariant'>;

interface PanelOf<Type extends string, Options, Custom> extends Omit<Panel, 'type' | 'options' | 'fieldConfig' | 'targets'> {
  type: Type;
  options?: Options;
  targets: Target[];
  fieldConfig: { defaults: Omit<FieldConfig, 'custom'> & { custom?: Custom }; overrides: NonNullable<Panel['fieldConfig']>['overrides'] };
}

interface TracesPanel extends Omit<Panel, 'type' | 'targets'> {
  type: 'traces';
  targets: { refId: string; query: string; datasource: { type: 'jaeger'; uid: string } }[];
}

export interface DashboardFile extends Omit<Dashboard, 'panels' | 'annotations' | 'templating'> {
  panels: (
    | PanelOf<'stat', StatPanelOptions, never>
    | PanelOf<'timeseries', TimeseriesPanelOptions, TimeseriesPanelFields>
    | PanelOf<'bargauge', BarGaugePanelOptions, never>
    | PanelOf<'table', TablePanelOptions, TableFieldOptions>
    | TracesPanel
  )[];
  annotations: { list: (Omit<AnnotationQuery, 'target'> & { target: Target })[] };
  templating: {
    list: (Omit<VariableModel, 'query'> & {
      query?: string | { queryType: 'infinity'; refId: string; query: string; infinityQuery: Target };
    })[];
  };
}
