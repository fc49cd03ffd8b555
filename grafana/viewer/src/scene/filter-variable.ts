import type { MetricFindValue } from '@grafana/data';
import { QueryVariable, sceneGraph } from '@grafana/scenes';
import { map, timer } from 'rxjs';
import type { Observable } from 'rxjs';
import { InfinityDatasource } from '../infinity-datasource.ts';
import type { VariableQuery } from '../infinity-datasource.ts';

/** Panels ask first: what a reader sees at once comes before what can be chosen. */
const LATER_MS = 600;

const source = new InfinityDatasource();

/** A filter that stands on All says so to every query, whatever values there are: no panel waits until they are known. */
export class FilterVariable extends QueryVariable {
  override validateAndUpdate(): Observable<object> {
    if (!this.hasAllValue()) return super.validateAndUpdate();
    setTimeout(() => void this.#learnValues(), LATER_MS);
    // In the next turn: whoever asks is still at the variables before this one.
    return timer(0).pipe(map(() => ({})));
  }

  /** Without saying so: what loads is waited for, and what has other values is asked for anew. */
  async #learnValues(): Promise<void> {
    const range = sceneGraph.getTimeRange(this).state.value;
    // What fails here is told by the panels, which ask the same API.
    const values = await source.metricFindQuery(this.state.query as unknown as VariableQuery, { range, scopedVars: {} }).catch(() => []);
    this.setState({ options: values.map(toOption).toSorted((a, b) => a.label.localeCompare(b.label)) });
  }
}

const toOption = ({ text, value }: MetricFindValue) => ({ label: text, value: String(value ?? text) });
