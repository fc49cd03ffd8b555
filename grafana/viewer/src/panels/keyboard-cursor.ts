import type { TimeSeries } from '@grafana/ui';
import { useLayoutEffect } from 'react';
import type { ComponentProps } from 'react';

type Config = Parameters<NonNullable<ComponentProps<typeof TimeSeries>['children']>>[0];

/** What is needed of a uPlot. */
interface Plot {
  readonly root: HTMLElement;
  readonly over: HTMLElement;
  readonly data: readonly ArrayLike<number | null | undefined>[];
  readonly series: readonly { readonly show?: boolean; readonly scale?: string }[];
  valToPos(value: number, scale: string): number;
}

interface Place {
  readonly row: number;
  readonly series: number;
}

/** Row and series that a key goes to, as steps. */
const STEPS: Readonly<Record<string, readonly [rows: number, series: number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  PageUp: [-10, 0],
  PageDown: [10, 0],
  Home: [-Infinity, 0],
  End: [Infinity, 0],
  ArrowUp: [0, 1],
  ArrowDown: [0, -1],
};

/** A click that did not begin where it ends is a drag. */
const CLICK = ['mousedown', 'mouseup', 'click'];

/** How long the tooltip takes to appear and then to stay. */
const PINNED_MS = 150;

/**
 * From point to point by arrow keys; Enter opens what a click would open, its link focused. Grafana's own plugin moves the crosshair
 * by pixels and opens nothing. The pointer's events are made up, so that all that hangs on them works alike.
 */
export function KeyboardCursor({ config, title, isStacked }: KeyboardCursorProps) {
  useLayoutEffect(() => config.addHook('init', (plot: Plot) => listen(plot, title, isStacked)), [config, title, isStacked]);
  return null;
}

interface KeyboardCursorProps {
  readonly config: Config;
  readonly title: string;
  /** Values are the tops of bars, each upon the one before. */
  readonly isStacked: boolean;
}

function listen(plot: Plot, title: string, isStacked: boolean): void {
  const { root, over } = plot;
  root.tabIndex = 0;
  root.setAttribute('role', 'application');
  root.setAttribute('aria-label', `${title}: arrow keys go from point to point, Enter shows where a point leads`);
  let at: Place | undefined;
  root.addEventListener('keydown', (event) => {
    const step = STEPS[event.key];
    if (event.key === 'Enter' && at && event.target === root) {
      event.preventDefault();
      for (const type of CLICK) point(over, type, placeOf(plot, at));
      setTimeout(() => focusLink(root), PINNED_MS);
    } else if (step && event.target === root) {
      event.preventDefault();
      at = next({ data: plot.data, series: plot.series, isStacked }, at, step);
      if (at) point(over, 'mousemove', placeOf(plot, at));
    }
  });
  root.addEventListener('blur', () => {
    // What is pinned has the focus now, and stays.
    if (at) point(over, 'mouseleave', { left: -10, top: -10 });
    at = undefined;
  });
}

type Chart = Pick<Plot, 'data' | 'series'> & Pick<KeyboardCursorProps, 'isStacked'>;

function isDrawn({ data, series, isStacked }: Chart, { row, series: line }: Place): boolean {
  const value = data[line]?.[row];
  if (series[line]?.show === false || typeof value !== 'number') return false;
  const below = line > 1 ? (data[line - 1]?.[row] ?? 0) : 0;
  return !isStacked || value !== below;
}

/** The next point that is drawn, first the last one of the largest line; where there is none, it stays. */
function next(plot: Chart, from: Place | undefined, [rows, lines]: readonly [number, number]): Place | undefined {
  const last = (plot.data[0]?.length ?? 0) - 1;
  if (last < 0) return undefined;
  const start = from ?? { row: rows > 0 ? -1 : last + 1, series: 1 };
  if (lines !== 0) {
    for (let series = start.series + lines; series >= 1 && series < plot.series.length; series += lines)
      if (isDrawn(plot, { row: start.row, series })) return { row: start.row, series };
    return from;
  }
  const wanted = Math.min(last, Math.max(0, start.row + rows));
  // From an end it goes inwards.
  const way = Number.isFinite(rows) ? Math.sign(rows) : -Math.sign(rows);
  for (let row = wanted; row >= 0 && row <= last; row += way) {
    const here = linesAt(plot, row);
    const series = here.includes(start.series) ? start.series : here[0];
    if (series !== undefined) return { row, series };
  }
  return from;
}

const linesAt = (plot: Chart, row: number): readonly number[] =>
  plot.series.flatMap((_, series) => (series > 0 && isDrawn(plot, { row, series }) ? [series] : []));

/** A little below the top of a bar: between two of a stack, it is the lower one. */
const INSIDE_PX = 2;

function placeOf(plot: Plot, { row, series }: Place): { readonly left: number; readonly top: number } {
  const left = plot.valToPos(plot.data[0]?.[row] ?? 0, 'x');
  const top = plot.valToPos(plot.data[series]?.[row] ?? 0, plot.series[series]?.scale ?? 'y');
  return { left, top: Math.min(top + INSIDE_PX, plot.over.clientHeight - 1) };
}

function point(over: HTMLElement, type: string, { left, top }: { readonly left: number; readonly top: number }): void {
  const box = over.getBoundingClientRect();
  if (type === 'mousemove') over.dispatchEvent(new MouseEvent('mouseenter', { clientX: box.left + left, clientY: box.top + top }));
  over.dispatchEvent(new MouseEvent(type, { clientX: box.left + left, clientY: box.top + top, bubbles: true }));
}

/** Escape closes what is pinned, and the reader is back at the chart. The tooltip swallows the key, so it is heard before. */
function focusLink(root: HTMLElement): void {
  const link = document.querySelector<HTMLElement>('#grafana-portal-container a[href]');
  if (!link) return;
  link.focus();
  const onKey = ({ key }: KeyboardEvent) => {
    if (key === 'Escape') setTimeout(() => root.focus(), PINNED_MS);
    if (key === 'Escape' || !link.isConnected) window.removeEventListener('keydown', onKey, true);
  };
  window.addEventListener('keydown', onKey, true);
}
