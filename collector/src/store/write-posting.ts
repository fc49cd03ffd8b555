import { type Ledger, type RefusedRow, RowsRefused, type WriteBatch } from '@tokenledger/ledger';
import type { Loss } from './loss.ts';
import type { Patience } from './patience.ts';
import type { Deliveries } from './read-deliveries.ts';

type Rows = Pick<WriteBatch, 'entries' | 'steps'>;

/** A row the ledger can never store. */
export interface Refused {
  readonly tenant: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly reason: string;
}

/**
 * Writes under the segment's token until the ledger has it. The ledger stores nothing of a batch that holds a row it can never store;
 * such rows are left out, and the rest goes under the same token.
 */
export async function writePosting(
  ledger: Pick<Ledger, 'write'>,
  { token, ...whole }: WriteBatch,
  patience: Patience,
): Promise<readonly Refused[]> {
  let rows: Rows = whole;
  const refused: Refused[] = [];
  while (rows.entries.length + rows.steps.length > 0) {
    const batch = { token, ...rows };
    const refusal = await patience('writing to the ledger', () => ledger.write(batch).catch(asRefusal));
    if (!refusal) break;
    refused.push(...refusal.map((row) => identify(rows, row)));
    rows = without(rows, refusal);
  }
  return refused;
}

/** The records of the traces that lost a row. A row may correct a span of an earlier segment: that is no span of this one. */
export async function lossesOf(refused: readonly Refused[], deliveries: Deliveries): Promise<Loss[]> {
  if (refused.length === 0) return [];
  const traces = new Map([...Map.groupBy(refused, traceOf)].map(([trace, rows]) => [trace, lostTrace(rows)]));
  for await (const window of deliveries)
    for (const open of window) {
      const { tenant, position, read } = await open();
      for (const { traceId, spanId } of read().spans) {
        const trace = traces.get(traceOf({ tenant, traceId }));
        trace?.records.add(position);
        if (trace?.refused.has(spanId)) trace.spans.add(spanId);
      }
    }
  return [...traces.values()].map(({ message, records, spans }) => ({
    reason: 'refused_by_ledger',
    message,
    records: [...records],
    spans: spans.size,
  }));
}

/** What is found of it in a segment's deliveries, nothing so far. */
const lostTrace = (rows: readonly Refused[]) => ({
  message: rows[0]?.reason ?? '',
  refused: new Set(rows.map(({ spanId }) => spanId)),
  records: new Set<number>(),
  spans: new Set<string>(),
});

const traceOf = ({ tenant, traceId }: Pick<Refused, 'tenant' | 'traceId'>) => `${tenant}/${traceId}`;

function asRefusal(error: unknown): readonly RefusedRow[] {
  if (error instanceof RowsRefused && error.rows.length > 0) return error.rows;
  throw error;
}

export function identify({ entries, steps }: Rows, { list, index, reason }: RefusedRow): Refused {
  const row = list === 'entries' ? entries[index] : steps[index];
  const span = row && ('call' in row ? row.call : row.step);
  return { tenant: row?.tenant ?? '', traceId: span?.traceId ?? '', spanId: span?.spanId ?? '', reason };
}

function without({ entries, steps }: Rows, refusal: readonly RefusedRow[]): Rows {
  const gone = (list: RefusedRow['list']) => new Set(refusal.filter((row) => row.list === list).map(({ index }) => index));
  const goneEntries = gone('entries');
  const goneSteps = gone('steps');
  return { entries: entries.filter((_, index) => !goneEntries.has(index)), steps: steps.filter((_, index) => !goneSteps.has(index)) };
}
