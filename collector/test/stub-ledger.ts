import {
  LedgerUnavailable,
  type Period,
  type PeriodPage,
  type RecallQuery,
  type RefusedRow,
  RowsRefused,
  type StoredSpan,
  type WriteBatch,
} from '@tokenledger/ledger';
import type { LedgerEntry, StepRow } from '@tokenledger/model';

/** A ledger in memory, for what has nothing to do with ClickHouse. Counts a token once, as the real one does. */
export interface StubLedger {
  readonly entries: LedgerEntry[];
  readonly steps: StepRow[];
  readonly tokens: string[];
  /** What was sent, whether it was stored or known already. */
  readonly attempts: WriteBatch[];
  /** Until set to false, writes and questions fail as if ClickHouse were away. */
  away: boolean;
  /** The next write is stored, its answer is lost, and then the ledger is away. */
  losesAnswer: boolean;
  /** Questions about these tenants fail. */
  readonly awayFor: Set<string>;
  /** Rows of these spans can never be stored. */
  readonly poison: Set<string>;
  write(batch: WriteBatch): Promise<void>;
  recall(tenant: string, query: RecallQuery): Promise<readonly StoredSpan[]>;
  tenantsOfPeriod(period: Period): Promise<readonly string[]>;
  /** All on one page. */
  callsOfPeriod(tenant: string, period: Period): Promise<PeriodPage>;
}

export function createStubLedger(): StubLedger {
  const tokenOf = new Map<LedgerEntry | StepRow, string>();
  const ledger: StubLedger = {
    entries: [],
    steps: [],
    tokens: [],
    attempts: [],
    away: false,
    losesAnswer: false,
    awayFor: new Set(),
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
      ledger.attempts.push({ token, entries, steps });
      if (!ledger.tokens.includes(token)) {
        ledger.tokens.push(token);
        ledger.entries.push(...entries);
        ledger.steps.push(...steps);
        for (const row of [...entries, ...steps]) tokenOf.set(row, token);
      }
      if (ledger.losesAnswer) {
        ledger.losesAnswer = false;
        ledger.away = true;
        throw new LedgerUnavailable('the answer was lost');
      }
    },
    async recall(tenant, { traceIds = [], exceptToken }) {
      if (ledger.away || ledger.awayFor.has(tenant)) throw new LedgerUnavailable('away');
      const counts = (row: LedgerEntry | StepRow, traceId: string) =>
        row.tenant === tenant && traceIds.includes(traceId) && (exceptToken === undefined || tokenOf.get(row) !== exceptToken);
      const calls = ledger.entries.filter((entry) => counts(entry, entry.call.traceId));
      const newest = new Map(calls.map((entry) => [entry.call.spanId, entry]));
      const steps = ledger.steps.filter((row) => counts(row, row.step.traceId));
      return [
        ...[...newest.values()].map(({ call, version }) => ({ ...idsOf(call), version, evidence: call.evidence, span: call, call })),
        ...steps.map(({ step }) => ({ ...idsOf(step), version: 0, evidence: step.evidence, span: step })),
      ];
    },
    async tenantsOfPeriod() {
      return [...new Set(ledger.entries.map(({ tenant }) => tenant))].toSorted();
    },
    async callsOfPeriod(tenant, { fromMs, toMs }) {
      const own = ledger.entries.filter((entry) => entry.tenant === tenant);
      const newest = new Map(own.map(({ call, version }) => [call.spanId, { call, version }]));
      return { calls: [...newest.values()].filter(({ call }) => call.timeMs >= fromMs && call.timeMs < toMs) };
    },
  };
  return ledger;
}

const idsOf = ({ traceId, spanId }: { traceId: string; spanId: string }) => ({ traceId, spanId });
