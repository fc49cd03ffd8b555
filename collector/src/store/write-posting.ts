import { type Ledger, type RefusedRow, RowsRefused, type WriteBatch } from '@tokenledger/ledger';
import type { TenantSpans } from '../receive/tenant-spans.ts';
import type { Loss } from './loss.ts';
import type { Patience } from './patience.ts';

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

interface Read {
  readonly tenant: string;
  readonly spans: ReturnType<TenantSpans['read']>['spans'];
}

/** The records of the traces that lost a row. A row may correct a span of an earlier segment: that is no span of this one. */
export function lossesOf(refused: readonly Refused[], deliveries: readonly TenantSpans[]): Loss[] {
  if (refused.length === 0) return [];
  const read = deliveries.map((delivery) => ({ tenant: delivery.tenant, spans: delivery.read().spans }));
  return [...Map.groupBy(refused, ({ tenant, traceId }) => `${tenant}/${traceId}`).values()].map((rows) => {
    const spanIds = new Set(rows.map(({ spanId }) => spanId));
    const lost = new Set<string>();
    const records = [...read.keys()].filter((position) => {
      const inTrace = spansOfTrace(read[position], rows[0]);
      for (const { spanId } of inTrace) if (spanIds.has(spanId)) lost.add(spanId);
      return inTrace.length > 0;
    });
    return { reason: 'refused_by_ledger', message: rows[0]?.reason ?? '', records, spans: lost.size };
  });
}

function spansOfTrace(delivery: Read | undefined, row: Refused | undefined) {
  if (delivery?.tenant !== row?.tenant) return [];
  return delivery?.spans.filter(({ traceId }) => traceId === row?.traceId) ?? [];
}

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
