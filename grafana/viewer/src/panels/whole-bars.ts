import type { TimeSeries } from '@grafana/ui';
import { useLayoutEffect } from 'react';
import type { ComponentProps } from 'react';

type Config = Parameters<NonNullable<ComponentProps<typeof TimeSeries>['children']>>[0];

/** How much nearer what is within a bar is than what is above it. */
const INSIDE = 1 / 1000;

/** Pixels from the pointer to a series: a bar begins at its top and reaches down to the next one, however high it is. */
const distance = (_plot: unknown, _series: number, _row: number, top: number, pointer: number): number =>
  pointer >= top ? (pointer - top) * INSIDE : top - pointer;

/** A stacked bar is met wherever it is pointed at. As Grafana has it only near its top, so that the middle of a spike would lead nowhere. */
export function WholeBars({ config }: { readonly config: Config }) {
  useLayoutEffect(() => config.setCursor({ focus: { dist: distance } } as Parameters<Config['setCursor']>[0]), [config]);
  return null;
}
