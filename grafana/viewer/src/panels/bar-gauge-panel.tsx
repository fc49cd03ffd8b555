import { VizOrientation } from '@grafana/data';
import { getDisplayValueAlignmentFactors } from '@grafana/data';
import type { DisplayValueAlignmentFactors, PanelProps } from '@grafana/data';
import { BarGaugeDisplayMode } from '@grafana/schema';
import type { BarGaugeNamePlacement, BarGaugeValueMode } from '@grafana/schema';
import { BarGauge, VizRepeater } from '@grafana/ui';
import { theme } from '../theme.ts';
import { Linked } from './linked.tsx';
import { displayValues } from './panel-data.ts';
import type { ReducedOptions } from './panel-data.ts';

interface Options extends ReducedOptions {
  readonly displayMode?: BarGaugeDisplayMode;
  readonly showUnfilled?: boolean;
  readonly valueMode?: BarGaugeValueMode;
  readonly maxVizHeight?: number;
  readonly namePlacement?: BarGaugeNamePlacement;
}

const SPACING = 8;
const SHORTEST_BAR = 14;
const TALLEST_BAR = 48;

export function BarGaugePanel(props: PanelProps<Options>) {
  const { options, width, height, data, renderCounter } = props;
  if (data.series.every(({ length }) => length === 0))
    return <div className="tl-empty">{data.error?.message ?? 'Nothing in this time range'}</div>;
  return (
    <VizRepeater
      width={width}
      height={height}
      source={data}
      getValues={() => displayValues(props)}
      renderCounter={renderCounter}
      orientation={VizOrientation.Horizontal}
      getAlignmentFactors={(values) => getDisplayValueAlignmentFactors(values)}
      itemSpacing={SPACING}
      minVizHeight={SHORTEST_BAR}
      maxVizHeight={options.maxVizHeight ?? TALLEST_BAR}
      renderValue={({ value, width: barWidth, height: barHeight, alignmentFactors }) => {
        const { display, field, view, colIndex } = value;
        const processor = colIndex === undefined ? undefined : view?.getFieldDisplayProcessor(colIndex);
        return (
          <Linked value={value}>
            {({ onClick }) => (
              <BarGauge
                theme={theme}
                width={barWidth}
                height={barHeight}
                field={field}
                value={display}
                {...(processor && { display: processor })}
                {...(alignmentFactors && { alignmentFactors: alignmentFactors as DisplayValueAlignmentFactors })}
                {...(onClick && { onClick, className: 'tl-linked' })}
                orientation={VizOrientation.Horizontal}
                displayMode={options.displayMode ?? BarGaugeDisplayMode.Basic}
                showUnfilled={options.showUnfilled ?? false}
                {...(options.valueMode && { valueDisplayMode: options.valueMode })}
                {...(options.namePlacement && { namePlacement: options.namePlacement })}
                itemSpacing={SPACING}
                {...(options.text && { text: options.text })}
              />
            )}
          </Linked>
        );
      }}
    />
  );
}
