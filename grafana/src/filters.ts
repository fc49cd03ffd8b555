import type { DataSourceRef } from '@grafana/grafana-foundation-sdk/common';
import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import { DatasourceVariableBuilder, QueryVariableBuilder, VariableRefresh, VariableSort } from '@grafana/grafana-foundation-sdk/dashboard';
import type { VariableModel } from '@grafana/grafana-foundation-sdk/dashboard';
import type { Dimension } from '@tokenledger/model';
import { INFINITY_PLUGIN, InfinityQueryBuilder } from './infinity-query.ts';

/** Whichever Tokenledger data source the viewer chose. */
export const DATASOURCE: DataSourceRef = { type: INFINITY_PLUGIN, uid: '${datasource}' };

/** `__timeFrom` rather than `__from`: it honours a panel's own time range, and works in alert rules. */
export const TIME_RANGE = { from: '${__timeFrom}', to: '${__timeTo}' } as const;

/** The dimensions a viewer can filter by, as they stand over every dashboard. */
const FILTERED_DIMENSIONS = ['environment', 'team', 'feature', 'customer', 'provider', 'model'] as const satisfies readonly Dimension[];

/** One parameter per filter. `:json` keeps several values apart whatever characters they have; All arrives as `*`. */
export const FILTERS: Readonly<Record<string, string>> = Object.fromEntries(FILTERED_DIMENSIONS.map((name) => [name, `\${${name}:json}`]));

export function filterVariables(): Builder<VariableModel>[] {
  return [
    new DatasourceVariableBuilder('datasource')
      .label('Data source')
      .type(INFINITY_PLUGIN)
      .regex('/tokenledger/i')
      .current({ text: 'Tokenledger', value: 'tokenledger' }),
    ...FILTERED_DIMENSIONS.map(dimensionVariable),
  ];
}

function dimensionVariable(dimension: (typeof FILTERED_DIMENSIONS)[number]): Builder<VariableModel> {
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
    .label(dimension.charAt(0).toUpperCase() + dimension.slice(1))
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
