import type { DataSourceRef } from '@grafana/grafana-foundation-sdk/common';
import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import {
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  TextBoxVariableBuilder,
  VariableHide,
  VariableRefresh,
  VariableSort,
} from '@grafana/grafana-foundation-sdk/dashboard';
import type { VariableModel } from '@grafana/grafana-foundation-sdk/dashboard';
import type { Dimension } from '@tokenledger/model';
import { INFINITY_PLUGIN, InfinityQueryBuilder } from './infinity-query.ts';

/** Whichever Tokenledger data source the viewer chose. */
export const DATASOURCE: DataSourceRef = { type: INFINITY_PLUGIN, uid: '${datasource}' };

/** `__timeFrom` rather than `__from`: it honours a panel's own time range, and works in alert rules. */
export const TIME_RANGE = { from: '${__timeFrom}', to: '${__timeTo}' } as const;

/** The dimensions that one can filter by on every dashboard of calls: those that the smallest rollups know. */
export const FILTERED_DIMENSIONS = ['environment', 'team', 'feature', 'provider', 'model'] as const satisfies readonly Dimension[];
/** What Calls can be narrowed to beside them: chosen there, or set by a link. */
export const CALL_TEXTS = ['user', 'run', 'prompt_fingerprint'] as const satisfies readonly Dimension[];
/** Set by links; whoever wants to see or clear them finds them in the menu of controls. */
export const LINKED_TEXTS = [
  'service',
  'agent',
  'status',
  'error_type',
  'price_status',
  'prompt_template_fingerprint',
] as const satisfies readonly Dimension[];
/** Steps of agents have no model. */
export const STEP_DIMENSIONS = ['environment', 'team', 'feature'] as const satisfies readonly Dimension[];

export type Filters = Readonly<Record<string, string>>;

/** One parameter per filter. `:json` keeps several values apart whatever characters they have; All arrives as `*`. */
export const filtersBy = (dimensions: readonly Dimension[]): Filters =>
  Object.fromEntries(dimensions.map((name) => [name, `\${${name}:json}`]));

export function datasourceVariable(): Builder<VariableModel> {
  return new DatasourceVariableBuilder('datasource')
    .label('Data source')
    .type(INFINITY_PLUGIN)
    .regex('/tokenledger/i')
    .current({ text: 'Tokenledger', value: 'tokenledger' });
}

/** The values that were seen in the time range; several can be chosen. */
export function dimensionVariable(dimension: Dimension): Builder<VariableModel> {
  const values = new InfinityQueryBuilder(DATASOURCE, {
    format: 'table',
    url: '/v1/grafana/dimension-values',
    params: { field: dimension, ...TIME_RANGE },
    columns: [
      { selector: 'text', text: '__text', type: 'string' },
      { selector: 'value', text: '__value', type: 'string' },
    ],
  }).build();
  return new QueryVariableBuilder(dimension)
    .label(labelOf(dimension))
    .datasource(DATASOURCE)
    .definition(dimension)
    .query({ queryType: 'infinity', refId: 'variable', query: '', infinityQuery: { ...values, refId: 'variable' } })
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.AlphabeticalAsc)
    .multi(true)
    .includeAll(true)
    .allValue('*')
    .current({ text: ['All'], value: ['$__all'] });
}

/** One text, mostly set by a link from another dashboard. Empty: not asked for. */
export function textVariable(name: string, { label = labelOf(name), inMenu = false } = {}): Builder<VariableModel> {
  return new TextBoxVariableBuilder(name)
    .label(label)
    .hide(inMenu ? VariableHide.InControlsMenu : VariableHide.DontHide)
    .defaultValue('')
    .current({ text: '', value: '' });
}

export const labelOf = (name: string) => name.charAt(0).toUpperCase() + name.slice(1).replaceAll('_', ' ');
