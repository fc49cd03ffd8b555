import { Icon } from '@grafana/ui';
import { useState } from 'react';
import type { KeyboardEvent } from 'react';
import { formatDuration, formatTokens, formatUsd } from './format.ts';
import { SpanDetails } from './span-details.tsx';
import { extentOf, hasChildren, visibleSpans } from './trace.ts';
import type { Trace, TraceSpan } from './trace.ts';

export function TraceTree({ trace, height }: { readonly trace: Trace; readonly height: number }) {
  const { spans } = trace;
  const [closed, setClosed] = useState<ReadonlySet<string>>(new Set());
  const [opened, setOpened] = useState<string>();
  const { fromMs, lengthMs } = extentOf(spans);
  const calls = spans.filter(({ type }) => type === 'call').length;
  const fold = (spanId: string, isClosed: boolean) =>
    setClosed((before) => new Set(isClosed ? [...before, spanId] : [...before].filter((other) => other !== spanId)));
  return (
    <div className="tl-trace" style={{ height }}>
      <p className="tl-trace-sum">
        <b>{trace.cost_usd === null ? 'unpriced' : formatUsd(trace.cost_usd)}</b> · {spans.length} spans · {calls} calls ·{' '}
        {formatDuration(lengthMs)}
        {trace.unpriced_calls > 0 && ` · ${trace.unpriced_calls} without a price`}
        <code>{trace.trace_id}</code>
      </p>
      <div className="tl-trace-rows" role="treegrid" aria-label="Spans of the trace" aria-rowcount={spans.length}>
        <div className="tl-trace-row tl-trace-head" role="row">
          <span role="columnheader">Span</span>
          <span role="columnheader">Tokens</span>
          <span role="columnheader">Cost</span>
          <span role="columnheader">Duration</span>
          <span role="columnheader" className="tl-trace-when">
            When
          </span>
        </div>
        {visibleSpans(spans, closed).map((span, row) => (
          <SpanRow
            key={span.span_id}
            span={span}
            isFirst={row === 0}
            isParent={hasChildren(spans, spans.indexOf(span))}
            isClosed={closed.has(span.span_id)}
            isOpened={opened === span.span_id}
            fromMs={fromMs}
            lengthMs={lengthMs}
            onFold={(isClosed) => fold(span.span_id, isClosed)}
            onOpen={() => setOpened(opened === span.span_id ? undefined : span.span_id)}
          />
        ))}
      </div>
    </div>
  );
}

interface SpanRowProps {
  readonly span: TraceSpan;
  readonly isFirst: boolean;
  readonly isParent: boolean;
  readonly isClosed: boolean;
  readonly isOpened: boolean;
  readonly fromMs: number;
  readonly lengthMs: number;
  readonly onFold: (isClosed: boolean) => void;
  readonly onOpen: () => void;
}

const MOST_INDENT = 14;
const COLUMNS = 5;

function SpanRow({ span, isFirst, isParent, isClosed, isOpened, fromMs, lengthMs, onFold, onOpen }: SpanRowProps) {
  const start = (Date.parse(span.time) - fromMs) / lengthMs;
  const kind = kindOf(span);
  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    const acts: Readonly<Record<string, () => void>> = {
      ArrowDown: () => neighbour(event.currentTarget, 1)?.focus(),
      ArrowUp: () => neighbour(event.currentTarget, -1)?.focus(),
      ArrowRight: () => isParent && onFold(false),
      ArrowLeft: () => isParent && onFold(true),
      Enter: onOpen,
      ' ': onOpen,
    };
    const act = event.target === event.currentTarget ? acts[event.key] : undefined;
    if (!act) return;
    event.preventDefault();
    act();
  };
  return (
    <>
      <div
        className={`tl-trace-row tl-kind-${kind}`}
        role="row"
        tabIndex={isFirst ? 0 : -1}
        aria-level={span.depth + 1}
        {...(isParent && { 'aria-expanded': !isClosed })}
        aria-selected={isOpened}
        onKeyDown={onKeyDown}
        onClick={onOpen}
      >
        <span role="gridcell" className="tl-trace-name" style={{ paddingLeft: 14 * Math.min(span.depth, MOST_INDENT) }}>
          {isParent ? (
            <button
              type="button"
              tabIndex={-1}
              aria-label={isClosed ? 'Unfold' : 'Fold'}
              onClick={(event) => {
                event.stopPropagation();
                onFold(!isClosed);
              }}
            >
              <Icon name={isClosed ? 'angle-right' : 'angle-down'} />
            </button>
          ) : (
            <i />
          )}
          <b>{kind}</b>
          <span>{span.name}</span>
          {span.status === 'error' && <em>{span.error_type ?? 'error'}</em>}
        </span>
        <span role="gridcell">{span.type === 'call' ? formatTokens(span.usage) : ''}</span>
        <span role="gridcell">{costOf(span)}</span>
        <span role="gridcell">{formatDuration(span.duration_ms)}</span>
        <span role="gridcell" className="tl-trace-when">
          <i style={{ left: `${100 * start}%`, width: `max(2px, ${(100 * span.duration_ms) / lengthMs}%)` }} />
        </span>
      </div>
      {isOpened && (
        <div role="row">
          <div role="gridcell" aria-colspan={COLUMNS}>
            <SpanDetails span={span} />
          </div>
        </div>
      )}
    </>
  );
}

const neighbour = (row: HTMLElement, step: 1 | -1): HTMLElement | undefined => {
  const rows = [...(row.parentElement?.querySelectorAll<HTMLElement>('[role=row][tabindex]') ?? [])];
  return rows[rows.indexOf(row) + step];
};

function kindOf(span: TraceSpan): string {
  if (span.type === 'call') return 'call';
  const known = ['agent', 'tool', 'retrieval', 'wrapper'].find((kind) => kind === span.kind);
  return known ?? 'step';
}

function costOf(span: TraceSpan): string {
  if (span.subtree_cost_usd === null || (span.type === 'call' && span.billable && span.cost_usd === null)) return 'unpriced';
  return Number(span.subtree_cost_usd) === 0 ? '' : formatUsd(span.subtree_cost_usd);
}
