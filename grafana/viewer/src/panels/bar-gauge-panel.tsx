import { VizOrientation } from '@grafana/data';
import type { PanelProps } from '@grafana/data';
import { BarGaugeDisplayMode } from '@grafana/schema';
import { BarGauge, VizRepeater } from '@grafana/ui';
import { theme } from '../theme.ts';
import { displayValues } from './panel-data.ts';
import type { ReducedOptions } from './panel-data.ts';

const SPACING = 8;
const TALLEST_BAR = 48;

export function BarGaugePanel(props: PanelProps<ReducedOptions>) {
  return (
    <VizRepeater
      width={props.width}
      height={props.height}
      source={props.data}
      getValues={() => displayValues(props)}
      renderCounter={props.renderCounter}
      orientation={VizOrientation.Horizontal}
      itemSpacing={SPACING}
      maxVizHeight={TALLEST_BAR}
      renderValue={({ value: { display, field, view, colIndex }, width, height }) => {
        const processor = colIndex === undefined ? undefined : view?.getFieldDisplayProcessor(colIndex);
        return (
          <BarGauge
            theme={theme}
            width={width}
            height={height}
            field={field}
            value={display}
            {...(processor && { display: processor })}
            orientation={VizOrientation.Horizontal}
            displayMode={BarGaugeDisplayMode.Basic}
            showUnfilled={false}
          />
        );
      }}
    />
  );
}
