import { VariableHide, VariableRefresh, VariableSort } from '@grafana/data';
import { ConstantVariable, CustomVariable, SceneVariableSet, TextBoxVariable } from '@grafana/scenes';
import type { SceneVariable } from '@grafana/scenes';
import type { VariableJson } from '../dashboard-json.ts';
import { DATASOURCE } from '../infinity-datasource.ts';
import { TRACES } from '../trace/trace-datasource.ts';
import { FilterVariable } from './filter-variable.ts';
import { LinkedVariable } from './linked-variable.ts';

/** As addresses and scenes write it. */
const ALL = '$__all';

export function toVariables(list: readonly VariableJson[]): SceneVariableSet {
  return new SceneVariableSet({ variables: list.flatMap(toVariable) });
}

function toVariable(variable: VariableJson): SceneVariable[] {
  const { type, name, label = name, query, multi = false, includeAll = false, allValue, current } = variable;
  const shared = { name, label, ...(variable.hide === VariableHide.hideVariable && { hide: VariableHide.hideVariable }) };
  const text = typeof query === 'string' ? query : '';
  const chosen = current?.value === undefined ? {} : { value: current.value as string, text: current.value as string };
  switch (type) {
    case 'datasource':
      // There is one of each kind, and no choice.
      return [new ConstantVariable({ name, value: query === TRACES.type ? TRACES.uid : DATASOURCE.uid, hide: VariableHide.hideVariable })];
    case 'query':
      return [
        new FilterVariable({
          ...shared,
          datasource: DATASOURCE,
          query: { refId: 'variable', ...(query as object) },
          isMulti: multi,
          includeAll,
          ...(allValue !== undefined && { allValue }),
          defaultToAll: includeAll,
          ...(includeAll && { value: multi ? [ALL] : ALL, text: multi ? ['All'] : 'All' }),
          refresh: VariableRefresh.onTimeRangeChanged,
          sort: VariableSort.alphabeticalAsc,
        }),
      ];
    case 'custom':
      return [
        new CustomVariable({
          ...shared,
          query: text,
          isMulti: multi,
          includeAll,
          ...(allValue !== undefined && { allValue }),
          defaultToAll: includeAll,
          ...chosen,
        }),
      ];
    case 'textbox': {
      const value = typeof current?.value === 'string' ? current.value : text;
      return [
        variable.hide === VariableHide.inControlsMenu
          ? new LinkedVariable({ ...shared, value })
          : new TextBoxVariable({ ...shared, value }),
      ];
    }
    case 'constant':
      return [new ConstantVariable({ ...shared, value: text, hide: VariableHide.hideVariable })];
    default:
      throw new Error(`this viewer knows no variables of type ${type}`);
  }
}
