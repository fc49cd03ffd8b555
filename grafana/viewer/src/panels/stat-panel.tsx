import { VizOrientation } from '@grafana/data';
import type { PanelProps } from '@grafana/data';
import { BigValueColorMode, BigValueGraphMode, BigValueJustifyMode, BigValueTextMode } from '@grafana/schema';
import { BigValue, VizRepeater } from '@grafana/ui';
import { theme } from '../theme.ts';
import { Linked } from './linked.tsx';
import { displayValues } from './panel-data.ts';
import type { ReducedOptions } from './panel-data.ts';

interface Options extends ReducedOptions {
  readonly colorMode?: BigValueColorMode;
  readonly graphMode?: BigValueGraphMode;
  readonly textMode?: BigValueTextMode;
  readonly justifyMode?: BigValueJustifyMode;
  readonly orientation?: VizOrientation;
}

export function StatPanel(props: PanelProps<Options>) {
  const { options, width, height, data, renderCounter } = props;
  return (
    <VizRepeater
      width={width}
      height={height}
      source={data}
      getValues={() => displayValues(props)}
      renderCounter={renderCounter}
      orientation={options.orientation ?? VizOrientation.Auto}
      autoGrid
      renderValue={({ value, width: cellWidth, height: cellHeight, count }) => (
        <Linked value={value}>
          {({ onClick }) => (
            <BigValue
              theme={theme}
              width={cellWidth}
              height={cellHeight}
              count={count}
              value={value.display}
              {...(options.text && { text: options.text })}
              {...(value.sparkline && { sparkline: value.sparkline })}
              {...(onClick && { onClick, className: 'tl-linked' })}
              colorMode={options.colorMode ?? BigValueColorMode.Value}
              graphMode={options.graphMode ?? BigValueGraphMode.None}
              justifyMode={options.justifyMode ?? BigValueJustifyMode.Auto}
              textMode={options.textMode ?? BigValueTextMode.Auto}
            />
          )}
        </Linked>
      )}
    />
  );
}
