import { PRICE_STATUSES } from '@tokenledger/model';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Books } from './books.ts';
import type { RefusalCode } from './errors.ts';
import type { JournalState } from './journal/journal.ts';

export interface Metrics {
  readonly answered: (signal: string, status: number, seconds: number) => void;
  readonly refused: (code: RefusalCode) => void;
  readonly logRecords: (records: number) => void;
  readonly retried: () => void;
  readonly settled: (entries: number) => void;
  /** Of billable calls, by what is known of their price. */
  readonly posted: (calls: ReadonlyMap<string, number>) => void;
  readonly text: () => Promise<string>;
}

/** Seconds; the ends are a request that waits for one fdatasync and one that waits for a busy disk. */
const ANSWER_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1, 2.5];

/** Prometheus metrics. What the books and the journal count already is read from them when it is asked for. */
export function createMetrics(books: () => Books, journal: () => JournalState, inFlightBytes: () => number): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const gauge = (name: string, help: string, read: () => number) =>
    new Gauge({
      name: `tokenledger_${name}`,
      help,
      registers,
      collect() {
        this.set(read());
      },
    });
  const total = (name: string, help: string, read: () => number) =>
    new Counter({
      name: `tokenledger_${name}_total`,
      help,
      registers,
      collect() {
        this.reset();
        this.inc(read());
      },
    });
  const totalByReason = (name: string, help: string, read: () => Readonly<Record<string, number>>) =>
    new Counter({
      name: `tokenledger_${name}_total`,
      help,
      registers,
      labelNames: ['reason'],
      collect() {
        this.reset();
        for (const [reason, value] of Object.entries(read())) this.inc({ reason }, value);
      },
    });

  total('received_spans', 'Spans of requests answered with 200, and spans found in the journal at the start', () => books().received);
  total('stored_spans', 'Spans that are in the ledger', () => books().stored);
  total('duplicate_spans', 'Spans that were known already', () => books().duplicate);
  totalByReason('rejected_spans', 'Bad spans; the sender was told', () => books().rejected);
  totalByReason('dropped_spans', 'Spans that were accepted and could not be stored; see the dead letters', () => books().dropped);
  gauge('waiting_spans', 'Spans in the journal that are not stored yet', () => books().waiting);
  gauge('books_balanced', '1 while received = stored + duplicate + rejected + dropped + waiting', () => (books().balanced ? 1 : 0));
  gauge('journal_bytes', 'Bytes in the journal that are not stored yet', () => journal().bytes);
  gauge('journal_limit_bytes', 'Bytes in the journal beyond which requests are refused', () => journal().limitBytes);
  gauge('journal_segments', 'Closed segments that are not stored yet', () => journal().segments);
  gauge('journal_lag_seconds', 'Age of the oldest closed segment that is not stored', () => {
    const { oldestMs } = journal();
    return oldestMs === undefined ? 0 : Math.max(0, Date.now() - oldestMs) / 1000;
  });
  gauge('in_flight_bytes', 'Bytes of requests that are being read, decompressed or written to the journal', inFlightBytes);
  total('journal_corrupt_bytes', 'Bytes behind the last good record of a segment, found at the start', () => journal().corruptBytes);

  const refused = new Counter({
    name: 'tokenledger_refused_requests_total',
    help: 'Requests that were refused whole; nothing of them is in the books',
    registers,
    labelNames: ['reason'],
  });
  const logRecords = new Counter({
    name: 'tokenledger_received_log_records_total',
    help: 'Log records that were checked; those that tell of a call are counted among the spans as well',
    registers,
  });
  const calls = new Counter({
    name: 'tokenledger_calls_total',
    help: 'Billable calls as they were first stored, by what is known of their price: `unpriced` is usage without a known cost',
    registers,
    labelNames: ['price_status'],
  });
  for (const price_status of PRICE_STATUSES) calls.inc({ price_status }, 0);
  const retries = new Counter({
    name: 'tokenledger_store_retries_total',
    help: 'Attempts to ask or write the ledger that failed',
    registers,
  });
  const settled = new Counter({
    name: 'tokenledger_settled_entries_total',
    help: 'Corrections of calls that several collectors wrote at the same instant',
    registers,
  });
  const answers = new Histogram({
    name: 'tokenledger_request_duration_seconds',
    help: 'OTLP requests from their first byte to their answer',
    registers,
    labelNames: ['signal', 'status'],
    buckets: ANSWER_BUCKETS,
  });
  return {
    answered: (signal, status, seconds) => answers.observe({ signal, status }, seconds),
    refused: (reason) => refused.inc({ reason }),
    logRecords: (records) => logRecords.inc(records),
    retried: () => retries.inc(),
    settled: (entries) => settled.inc(entries),
    posted: (added) => {
      for (const [price_status, count] of added) calls.inc({ price_status }, count);
    },
    text: () => registry.metrics(),
  };
}
