import type { Builder, Dataquery } from '@grafana/grafana-foundation-sdk/cog';
import type { DataSourceRef } from '@grafana/grafana-foundation-sdk/common';

export const INFINITY_PLUGIN = 'yesoreyeram-infinity-datasource';

type InfinityColumnType = 'string' | 'number' | 'boolean' | 'timestamp_epoch';

export interface InfinityColumn {
  /** A gjson path in a row. */
  readonly selector: string;
  /** The name of the field in the frame. */
  readonly text: string;
  readonly type: InfinityColumnType;
}

/** A target of the Infinity data source, as far as we use it: JSON by GET, parsed in its backend so that alert rules work too. */
export interface InfinityQuery extends Dataquery {
  refId?: string;
  readonly datasource: DataSourceRef;
  readonly type: 'json';
  readonly source: 'url';
  readonly parser: 'backend';
  readonly format: 'table' | 'timeseries' | 'dataframe';
  readonly url: string;
  readonly url_options: { readonly method: 'GET'; readonly data: ''; readonly params: readonly { key: string; value: string }[] };
  readonly root_selector: 'rows';
  readonly columns: readonly InfinityColumn[];
  readonly filters: readonly [];
}

export interface InfinityRequest {
  readonly format: InfinityQuery['format'];
  readonly url: string;
  /** Values may hold variables; Grafana encodes them. */
  readonly params: Readonly<Record<string, string>>;
  readonly columns: readonly InfinityColumn[];
}

/** The SDK has no builder for Infinity targets. */
export class InfinityQueryBuilder implements Builder<Dataquery> {
  readonly #query: InfinityQuery;

  constructor(datasource: DataSourceRef, { format, url, params, columns }: InfinityRequest) {
    this.#query = {
      refId: 'A',
      datasource,
      type: 'json',
      source: 'url',
      parser: 'backend',
      format,
      url,
      url_options: { method: 'GET', data: '', params: Object.entries(params).map(([key, value]) => ({ key, value })) },
      root_selector: 'rows',
      columns,
      filters: [],
      _implementsDataqueryVariant() {},
    };
  }

  build(): InfinityQuery {
    return this.#query;
  }
}
