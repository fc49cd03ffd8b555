import type { FieldConfigSource } from '@grafana/data';
import type { AnnotationQuery, DashboardCursorSync, DataTransformerConfig } from '@grafana/schema';
import type { InfinityTarget } from './infinity-frame.ts';

/** The part of Grafana's classic dashboard JSON that our dashboards use. */
export interface DashboardJson {
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  readonly time: { readonly from: string; readonly to: string };
  readonly refresh?: string;
  readonly graphTooltip: DashboardCursorSync;
  readonly templating: { readonly list: readonly VariableJson[] };
  readonly annotations?: { readonly list?: readonly AnnotationQuery[] };
  readonly panels: readonly PanelJson[];
}

export interface VariableJson {
  readonly type: string;
  readonly name: string;
  readonly label?: string;
  readonly description?: string;
  /** 2 is hidden, 3 stands in a menu of controls. */
  readonly hide?: number;
  readonly multi?: boolean;
  readonly includeAll?: boolean;
  readonly allValue?: string;
  readonly query?: string | { readonly infinityQuery: InfinityTarget };
  readonly current?: { readonly value?: string | readonly string[] };
}

export interface PanelJson {
  readonly id: number;
  readonly type: string;
  readonly title?: string;
  readonly description?: string;
  readonly transparent?: boolean;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly options?: object;
  readonly fieldConfig?: FieldConfigSource;
  readonly targets?: readonly (InfinityTarget & { readonly datasource?: { readonly type?: string } })[];
  readonly transformations?: readonly DataTransformerConfig[];
  readonly links?: readonly { readonly title: string; readonly url: string; readonly targetBlank?: boolean }[];
  /** A time range of the panel's own, such as `now/M`. */
  readonly timeFrom?: string;
  /** Of a row: what is shown when it is opened. */
  readonly collapsed?: boolean;
  readonly panels?: readonly PanelJson[];
}
