import { getFieldDisplayValues } from '@grafana/data';
import type { FieldDisplay, PanelProps, ReduceDataOptions } from '@grafana/data';
import type { VizTextDisplayOptions } from '@grafana/schema';
import { theme } from '../theme.ts';

export interface ReducedOptions {
  readonly reduceOptions: ReduceDataOptions;
  /** Sizes of letters, where they are not to follow the size of the panel. */
  readonly text?: VizTextDisplayOptions;
}

/** The values of a panel that shows numbers rather than series, with unit, colour, title and links applied. */
export function displayValues({ data, fieldConfig, options, replaceVariables, timeZone }: PanelProps<ReducedOptions>): FieldDisplay[] {
  return getFieldDisplayValues({
    data: data.series,
    fieldConfig,
    reduceOptions: options.reduceOptions,
    replaceVariables,
    theme,
    timeZone,
    sparkline: true,
  });
}
