import type { PanelProps } from '@grafana/data';
import { BigValue, BigValueColorMode, BigValueGraphMode, BigValueTextMode } from '@grafana/ui';
import { theme } from '../theme.ts';
import { displayValues } from './panel-data.ts';
import type { ReducedOptions } from './panel-data.ts';

export function StatPanel(props: PanelProps<ReducedOptions>) {
  const [first] = displayValues(props);
  return first ? (
    <BigValue
      theme={theme}
      width={props.width}
      height={props.height}
      value={first.display}
      colorMode={BigValueColorMode.Value}
      graphMode={BigValueGraphMode.None}
      textMode={BigValueTextMode.Value}
    />
  ) : null;
}
