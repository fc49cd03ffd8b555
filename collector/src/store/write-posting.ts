import { type Ledger, type RefusedRow, RowsRefused } from '@tokenledger/ledger';
import type { Posting } from '../account/accountant.ts';
import type { TenantSpans } from '../receive/receive-traces.ts';
import type { Loss } from './loss.ts';
import type { Patience } from './patience.ts';

type Rows = Pick<Posting, 'entries' | 'steps'>;

/** A row the ledger can never store. */
interface Refused {
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
  token: string,
  posting: Posting,
  patience: Patience,
): Promise<readonly Refused[]> {
  let rows: Rows = posting;
  const refused: Refused[] = [];
  while (rows.entries.length + rows.steps.length > 0) {
    const { entries, steps } = rows;
    const refusal = await patience('writing to the ledger', () => ledger.write({ token, entries, steps }).catch(asRefusal));
    if (!refusal) break;
    refused.push(...refusal.map((row) => identify(rows, row)));
    rows = without(rows, refusal);
  }
  return refused;
}

/** The records of the traces that lost a row. A row may correct a span of an earlier segment: that is no span of this one. */
export function lossesOf(refused: readonly Refused[], deliveries: readonly TenantSpans[]): Loss[] {
  return [...Map.groupBy(refused, ({ tenant, traceId }) => `${tenant}/${traceId}`).values()].map((rows) => {
    const spanIds = new Set(rows.map(({ spanId }) => spanId));
    const lost = new Set<string>();
    const records = [...deliveries.keys()].filter((position) => {
      const inTrace = spansOfTrace(deliveries[position], rows[0]);
      for (const { spanId } of inTrace) if (spanIds.has(spanId)) lost.add(spanId);
      return inTrace.length > 0;
    });
    return { reason: 'refused_by_ledger', message: rows[0]?.reason ?? '', records, spans: lost.size };
  });
}

function spansOfTrace(delivery: TenantSpans | undefined, row: Refused | undefined) {
  if (delivery?.tenant !== row?.tenant) return [];
  return delivery?.spans.filter(({ traceId }) => traceId === row?.traceId) ?? [];
}

function asRefusal(error: unknown): readonly RefusedRow[] {
  if (error instanceof RowsRefused && error.rows.length > 0) return error.rows;
  throw error;
}

function identify({ entries, steps }: Rows, { list, index, reason }: RefusedRow): Refused {
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
