import { LedgerUnavailable, type RefusedRow, RowsRefused, type StoredSpan, type WriteBatch } from '@tokenledger/ledger';
import type { LedgerEntry, StepRow } from '@tokenledger/model';

/** A ledger in memory, for what has nothing to do with ClickHouse. Counts a token once, as the real one does. */
export interface StubLedger {
  readonly entries: LedgerEntry[];
  readonly steps: StepRow[];
  readonly tokens: string[];
  /** Until set to false, writes and questions fail as if ClickHouse were away. */
  away: boolean;
  /** The next write is stored and its answer lost. */
  losesAnswer: boolean;
  /** Rows of these spans can never be stored. */
  readonly poison: Set<string>;
  write(batch: WriteBatch): Promise<void>;
  recall(tenant: string, query: { readonly traceIds?: readonly string[] | undefined }): Promise<readonly StoredSpan[]>;
}

export function createStubLedger(): StubLedger {
  const ledger: StubLedger = {
    entries: [],
    steps: [],
    tokens: [],
    away: false,
    losesAnswer: false,
    poison: new Set(),
    async write({ token, entries, steps }) {
      if (ledger.away) throw new LedgerUnavailable('away');
      const rows = [
        ...entries.map((entry, index) => ({ list: 'entries' as const, index, spanId: entry.call.spanId })),
        ...steps.map((row, index) => ({ list: 'steps' as const, index, spanId: row.step.spanId })),
      ];
      const refused: RefusedRow[] = rows
        .filter(({ spanId }) => ledger.poison.has(spanId))
        .map(({ list, index }) => ({ list, index, reason: 'poison' }));
      if (refused.length > 0) throw new RowsRefused(refused);
      if (!ledger.tokens.includes(token)) {
        ledger.tokens.push(token);
        ledger.entries.push(...entries);
        ledger.steps.push(...steps);
      }
      if (ledger.losesAnswer) {
        ledger.losesAnswer = false;
        throw new LedgerUnavailable('the answer was lost');
      }
    },
    async recall(tenant, { traceIds = [] }) {
      if (ledger.away) throw new LedgerUnavailable('away');
      const calls = ledger.entries.filter((entry) => entry.tenant === tenant && traceIds.includes(entry.call.traceId));
      const newest = new Map(calls.map((entry) => [entry.call.spanId, entry]));
      const steps = ledger.steps.filter((row) => row.tenant === tenant && traceIds.includes(row.step.traceId));
      return [
        ...[...newest.values()].map(({ call, version }) => ({ ...idsOf(call), version, evidence: call.evidence, call })),
        ...steps.map(({ step }) => ({ ...idsOf(step), version: 0, evidence: step.evidence })),
      ];
    },
  };
  return ledger;
}

const idsOf = ({ traceId, spanId }: { traceId: string; spanId: string }) => ({ traceId, spanId });
