import { formattedValueToString } from '@grafana/data';
import type { FieldDisplay, PanelProps } from '@grafana/data';
import type { VizLegendItem } from '@grafana/ui';
import { VizLayout, VizLegend } from '@grafana/ui';
import type { VizLegendOptions } from '@grafana/schema';
import { displayValues } from './panel-data.ts';
import type { ReducedOptions } from './panel-data.ts';
import { Linked } from './linked.tsx';

interface Options extends ReducedOptions {
  readonly pieType?: 'pie' | 'donut';
  readonly legend?: VizLegendOptions & { readonly values?: readonly ('value' | 'percent')[] };
}

/** Grafana's pie is no part of its libraries. */
export function PiePanel(props: PanelProps<Options>) {
  const { options, width, height } = props;
  const values = displayValues(props).filter(({ display }) => display.numeric > 0);
  const total = values.reduce((sum, { display }) => sum + display.numeric, 0);
  const shown = options.legend?.values ?? [];
  const items = values.map(({ display }): VizLegendItem => ({
    label: display.title ?? '',
    color: display.color ?? 'gray',
    yAxis: 1,
    getItemKey: () => display.title ?? '',
    getDisplayValues: () =>
      shown.map((what) =>
        what === 'percent'
          ? { numeric: display.numeric / total, text: `${Math.round((100 * display.numeric) / total)} %`, title: 'Percent' }
          : { ...display, text: formattedValueToString(display), title: 'Value' },
      ),
  }));
  const { displayMode, placement = 'bottom', showLegend = true } = options.legend ?? {};
  return (
    <VizLayout
      width={width}
      height={height}
      legend={
        showLegend && displayMode ? (
          <VizLayout.Legend placement={placement}>
            <VizLegend items={items} placement={placement} displayMode={displayMode} />
          </VizLayout.Legend>
        ) : null
      }
    >
      {(w: number, h: number) => (
        <Pie values={values} total={total} size={Math.min(w, h)} width={w} height={h} hole={options.pieType === 'donut' ? 0.62 : 0} />
      )}
    </VizLayout>
  );
}

interface PieProps {
  readonly values: readonly FieldDisplay[];
  readonly total: number;
  readonly size: number;
  readonly width: number;
  readonly height: number;
  readonly hole: number;
}

function Pie({ values, total, size, width, height, hole }: PieProps) {
  const radius = Math.max(0, size / 2 - 6);
  let turned = 0;
  return (
    <svg width={width} height={height} role="img" aria-label="Shares">
      <g transform={`translate(${width / 2} ${height / 2})`}>
        {values.map((value) => {
          const from = turned;
          turned += value.display.numeric / total;
          const label = `${value.display.title}: ${formattedValueToString(value.display)} (${Math.round((100 * value.display.numeric) / total)} %)`;
          return (
            <Linked key={value.display.title} value={value}>
              {({ onClick }) => (
                <path
                  d={slice(radius, hole, from, turned)}
                  fill={value.display.color}
                  className={onClick ? 'tl-linked' : ''}
                  onClick={onClick}
                >
                  <title>{label}</title>
                </path>
              )}
            </Linked>
          );
        })}
      </g>
    </svg>
  );
}

/** A ring sector between two shares of a turn, from the top. */
function slice(radius: number, hole: number, from: number, to: number): string {
  const end = Math.min(to, from + 0.99999);
  const at = (share: number, distance: number) =>
    `${Math.sin(2 * Math.PI * share) * distance} ${-Math.cos(2 * Math.PI * share) * distance}`;
  const large = end - from > 0.5 ? 1 : 0;
  const inner = radius * hole;
  return `M ${at(from, radius)} A ${radius} ${radius} 0 ${large} 1 ${at(end, radius)} L ${at(end, inner)} A ${inner} ${inner} 0 ${large} 0 ${at(from, inner)} Z`;
}
