import { CALL_TEXTS, FILTERED_DIMENSIONS, LINKED_TEXTS } from './filters.ts';
import type { Link } from './columns.ts';

/** Values of links are encoded on their own: a team may be called `a&b`. */
const VALUE = '${__value.raw:percentencode}';
export const field = (name: string) => `\${__data.fields["${name}"]:percentencode}`;
const SERIES_NAME = '${__field.labels.series:percentencode}';

/** A dashboard that was open before goes on with what an address does not name: a link names everything. */
const UNLESS_SET: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'tl-calls': { customer: '$__all', ...Object.fromEntries([...CALL_TEXTS, ...LINKED_TEXTS, 'at'].map((name) => [name, ''])) },
};

/** A dashboard in the same time range and under the same filters, but for those that are set here. */
function toDashboard(uid: string, set: Readonly<Record<string, string>>): string {
  const carried = FILTERED_DIMENSIONS.filter((name) => !Object.hasOwn(set, name)).map((name) => `\${${name}:queryparam}`);
  const given = Object.entries({ ...UNLESS_SET[uid], ...set }).map(([name, value]) => `var-${name}=${value}`);
  return `/d/${uid}?${['${__url_time_range}', ...carried, ...given].join('&')}`;
}

/** The calls whose dimension has the value that was clicked. */
export const callsOf = (dimension: string): Link => ({
  title: `Calls of this ${dimension.replaceAll('_', ' ')}`,
  url: toDashboard('tl-calls', { [dimension]: VALUE }),
});

/** Who spends within the value that was clicked. */
export const allocationOf = (dimension: string): Link => ({
  title: `Allocation of this ${dimension}`,
  url: toDashboard('tl-allocation', { [dimension]: VALUE }),
});

/** From a point of a chart to the calls of its interval; `by` is the dimension that names the lines. */
export const callsAtPoint = (by?: string): Link => ({
  title: 'Calls of this interval',
  url: toDashboard('tl-calls', { ...(by && { [by]: SERIES_NAME }), at: '${__value.time:date:iso}' }),
});

/** From a row of calls to its trace. */
export const traceOfRow = (column: string): Link => ({ title: 'Trace', url: toDashboard('tl-trace', { trace_id: field(column) }) });

/** From the span id of a call, whose trace stands in another column, to why it costs what it costs. */
export const explanationOfRow = (traceId: string): Link => ({
  title: 'Why it costs that',
  url: toDashboard('tl-call', { trace_id: traceId, span_id: VALUE }),
});
