import type { BookKeeper } from '../books.ts';
import { decodeLogs } from '../decode/decode.ts';
import type { Journal } from '../journal/journal.ts';
import { spansOfLogs } from '../understand/logs.ts';
import type { Receive } from './delivery.ts';
import { keep } from './keep.ts';
import { partialSuccess } from './partial-success.ts';

/**
 * Keeps a request that holds events of calls, without its content; of other log records nothing is kept. `count` is told of all that can
 * be read.
 */
export function receiveLogs(journal: Journal, books: BookKeeper, count: (records: number) => void): Receive {
  return async (delivery) => {
    const { records, rejected, isClean } = decodeLogs(delivery.plain, delivery.media.encoding);
    await keep('logs', delivery, { count: spansOfLogs(records).length, isClean }, { journal, books });
    count(records.length);
    books.reject(rejected.map(({ code }) => code));
    return partialSuccess('rejectedLogRecords', rejected, records.length);
  };
}
