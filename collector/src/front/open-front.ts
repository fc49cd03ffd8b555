import { createKeyRing } from '@tokenledger/model';
import type { Logger } from 'pino';
import { createBookKeeper } from '../books.ts';
import { Journal } from '../journal/journal.ts';
import { createMetrics } from '../metrics.ts';
import { createByteBudget } from '../receive/byte-budget.ts';
import { createGrpcServer } from '../receive/grpc-server.ts';
import { createRateLimit } from '../receive/rate-limit.ts';
import { receiveLogs } from '../receive/receive-logs.ts';
import { receiveTraces } from '../receive/receive-traces.ts';
import { createServer } from '../receive/server.ts';
import type { Front, FrontOptions } from './front.ts';

/** @throws DirectoryInUseError */
export async function openFront({ host, port, grpcPort, journalDir, keys, limits }: FrontOptions, log: Logger): Promise<Front> {
  const journal = await Journal.open({
    directory: journalDir,
    limits,
    durability: limits.durability,
    log,
    onLost: (spans) => books.settle({ stored: 0, duplicate: 0, dropped: { journal_unwritable: spans } }),
  });
  const { spans, corruptBytes } = journal.state;
  const recovered = { spans, corruptBytes, isInterrupted: journal.isRecovering };
  const books = createBookKeeper(spans, () => journal.state.spans);
  const budget = createByteBudget(limits.inFlightBytes);
  const metrics = createMetrics(
    books.read,
    () => journal.state,
    () => budget.used,
  );
  const service = { books: books.read, metrics: metrics.text, refusal: () => journal.refusal() };
  const receivers = {
    traces: receiveTraces(journal, books),
    logs: receiveLogs(journal, books, metrics.logRecords),
    // Metrics repeat in sums what spans say one by one: taken, so that nobody has to configure an exporter away, and not billed.
    metrics: async () => undefined,
  };
  const admission = {
    receivers,
    keys: createKeyRing(keys),
    rate: createRateLimit(limits),
    budget,
    limits,
    log,
    answered: metrics.answered,
    refused: metrics.refused,
  };
  const server = createServer({ ...admission, service });
  const grpcServer = createGrpcServer(admission);

  return {
    recovered,
    listen: async () => ({
      url: await server.listen(host, port),
      grpcUrl: grpcPort === undefined ? undefined : await grpcServer.listen(host, grpcPort),
    }),
    next: () => journal.next(),
    ready: async () => journal.ready(),
    async done(number, { settlement, calls }) {
      await journal.done({ number });
      // In the step in which the journal ceases to count the spans.
      books.settle(settlement);
      metrics.posted(calls);
    },
    reuse: (number) => journal.reuse(number),
    books: async () => books.read(),
    metrics: metrics.text,
    refusal: () => journal.refusal(),
    retried: metrics.retried,
    settled: metrics.settled,
    async seal() {
      await Promise.all([server.close(), grpcServer.close()]);
      await journal.seal();
    },
    end: () => journal.close(),
  };
}
