import { dateTimeFormat, textUtil } from '@grafana/data';
import type { DataFrame } from '@grafana/data';
import type { TimeSeries } from '@grafana/ui';
import { useLayoutEffect, useRef, useState } from 'react';
import type { ComponentProps } from 'react';
import { createPortal } from 'react-dom';
import { theme } from '../theme.ts';

type Config = Parameters<NonNullable<ComponentProps<typeof TimeSeries>['children']>>[0];

/** What is needed of a uPlot. */
interface Plot {
  readonly over: HTMLElement;
  readonly scales: Readonly<Record<string, { readonly min?: number | null; readonly max?: number | null }>>;
  valToPos(value: number, scale: string): number;
}

interface Mark {
  readonly timeMs: number;
  readonly endMs: number;
  readonly title: string;
  readonly text: string;
  readonly color: string;
}

interface Placed extends Mark {
  readonly left: number;
  readonly width: number;
}

interface AnnotationMarksProps {
  readonly config: Config;
  readonly frames: readonly DataFrame[];
  readonly timeZone: string;
}

/** Lines and stretches over a chart, with a mark below that tells what happened; Grafana's own is no part of its libraries. */
export function AnnotationMarks({ config, frames, timeZone }: AnnotationMarksProps) {
  const marks = useRef<readonly Mark[]>([]);
  marks.current = frames.flatMap(marksOf);
  const plot = useRef<Plot>(undefined);
  const [place, setPlace] = useState<{ readonly over: HTMLElement; readonly placed: readonly Placed[] }>();
  useLayoutEffect(() => {
    const put = (u: Plot) => {
      plot.current = u;
      setPlace({ over: u.over, placed: marks.current.flatMap((mark) => placeOn(u, mark)) });
    };
    config.addHook('init', put);
    config.addHook('setScale', put);
    config.addHook('setSize', put);
  }, [config]);
  useLayoutEffect(() => {
    if (plot.current) setPlace({ over: plot.current.over, placed: marks.current.flatMap((mark) => placeOn(plot.current as Plot, mark)) });
  }, [frames]);
  if (!place) return null;
  return createPortal(
    place.placed.map(({ left, width, color, title, text, timeMs }) => {
      const label = [dateTimeFormat(timeMs, { timeZone }), title, text].filter(Boolean).join(' · ');
      return (
        <div
          key={`${left}/${title}`}
          className="tl-annotation"
          style={{ left, width: Math.max(1, width), borderColor: color, background: `${color}22` }}
        >
          <button type="button" className="tl-annotation-mark" style={{ borderBottomColor: color }} title={label} aria-label={label} />
        </div>
      );
    }),
    place.over,
  );
}

function marksOf(frame: DataFrame): Mark[] {
  const column = (name: string) => frame.fields.find((field) => field.name === name)?.values;
  return Array.from({ length: frame.length }, (_, row) => {
    const timeMs = Number(column('time')?.[row]);
    const endMs = Number(column('timeEnd')?.[row] ?? timeMs);
    return {
      timeMs,
      endMs: endMs > timeMs ? endMs : timeMs,
      title: String(column('title')?.[row] ?? ''),
      text: textUtil.sanitize(String(column('text')?.[row] ?? '')).replaceAll(/<[^>]*>/g, ''),
      color: theme.visualization.getColorByName(String(column('color')?.[row] ?? 'red')),
    };
  });
}

function placeOn(u: Plot, mark: Mark): Placed[] {
  const { min, max } = u.scales['x'] ?? {};
  if (typeof min !== 'number' || typeof max !== 'number' || mark.endMs < min || mark.timeMs > max) return [];
  const left = u.valToPos(Math.max(min, mark.timeMs), 'x');
  return [{ ...mark, left, width: u.valToPos(Math.min(max, mark.endMs), 'x') - left }];
}
