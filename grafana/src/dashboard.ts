import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import {
  AnnotationQueryBuilder,
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkType,
} from '@grafana/grafana-foundation-sdk/dashboard';
import type { Dashboard, Panel, VariableModel } from '@grafana/grafana-foundation-sdk/dashboard';
import { datasourceVariable, DATASOURCE, dimensionVariable, FILTERED_DIMENSIONS, TIME_RANGE } from './filters.ts';
import { InfinityQueryBuilder } from './infinity-query.ts';

const TAG = 'tokenledger';
/** What has an axis of time to put marks on. */
const CHART = 'timeseries';

interface DashboardFacts {
  readonly uid: `tl-${string}`;
  readonly title: string;
  readonly description: string;
  readonly from?: string;
  /** Beside the data source; default: the filters by dimension. */
  readonly variables?: readonly Builder<VariableModel>[];
  readonly panels: readonly Builder<Panel>[];
}

export const filterVariables = (): Builder<VariableModel>[] => FILTERED_DIMENSIONS.map(dimensionVariable);

/** What all dashboards have in common: data source, filters, marks on their charts, and the way to all others. */
export function dashboard({ uid, title, description, from = 'now-7d', variables = filterVariables(), panels }: DashboardFacts): Dashboard {
  const builder = new DashboardBuilder(title)
    .uid(uid)
    .description(description)
    .tags([TAG])
    .readonly()
    .timezone('browser')
    .time({ from, to: 'now' })
    .refresh('1m')
    .tooltip(DashboardCursorSync.Crosshair)
    .variables([datasourceVariable(), ...variables])
    .link(
      new DashboardLinkBuilder('Tokenledger')
        .type(DashboardLinkType.Dashboards)
        .tags([TAG])
        .asDropdown(true)
        .includeVars(true)
        .keepTime(true),
    );
  for (const panel of panels) builder.withPanel(panel);
  const hasChart = panels.some((panel) => panel.build().type === CHART);
  builder.annotations(hasChart ? [marks('Alerts', 'alerts', 'red'), marks('Prices', 'prices', 'purple')] : []);
  return builder.build();
}

function marks(name: string, kind: 'alerts' | 'prices', color: string) {
  const target = new InfinityQueryBuilder(DATASOURCE, {
    format: 'dataframe',
    url: '/v1/grafana/annotations',
    params: { ...TIME_RANGE, kind },
    columns: [
      { selector: 'time', text: 'time', type: 'timestamp_epoch' },
      { selector: 'time_end', text: 'timeEnd', type: 'timestamp_epoch' },
      { selector: 'title', text: 'title', type: 'string' },
      { selector: 'text', text: 'text', type: 'string' },
      { selector: 'tags', text: 'tags', type: 'string' },
    ],
  });
  return new AnnotationQueryBuilder().name(name).datasource(DATASOURCE).enable(true).hide(false).iconColor(color).target(target);
}
