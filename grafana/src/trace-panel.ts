import type { Builder, Dataquery } from '@grafana/grafana-foundation-sdk/cog';
import { DatasourceVariableBuilder, PanelBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import type { Panel, VariableModel } from '@grafana/grafana-foundation-sdk/dashboard';

const JAEGER = { type: 'jaeger', uid: '${traces}' } as const;

export function tracesDatasourceVariable(): Builder<VariableModel> {
  return new DatasourceVariableBuilder('traces')
    .label('Traces')
    .type(JAEGER.type)
    .regex('/tokenledger/i')
    .current({ text: 'Tokenledger traces', value: 'tokenledger-traces' });
}

/** Jaeger's data source looks up the trace that the query names. */
interface JaegerQuery extends Dataquery {
  readonly refId: string;
  readonly datasource: typeof JAEGER;
  readonly query: string;
}

interface TraceFacts {
  readonly title: string;
  readonly description: string;
  readonly height: number;
}

/** Grafana's own trace view, which the SDK has no builder for. */
export function traceView({ title, description, height }: TraceFacts): Builder<Panel> {
  const query: JaegerQuery = { refId: 'A', datasource: JAEGER, query: '${trace_id}', _implementsDataqueryVariant() {} };
  return new PanelBuilder()
    .type('traces')
    .title(title)
    .description(description)
    .datasource(JAEGER)
    .withTarget({ build: () => query })
    .gridPos({ h: height, w: 24, x: 0, y: 0 })
    .span(24)
    .height(height);
}
