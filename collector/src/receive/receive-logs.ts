import { decodeLogs } from '../decode/decode.ts';
import type { Receive } from './delivery.ts';
import { partialSuccess } from './partial-success.ts';

/**
 * Log records are checked and counted, and not billed: what a call costs is read from its span, and a record that repeats it must
 * not count it again.
 */
export function receiveLogs(count: (records: number) => void): Receive {
  return async ({ media, plain }) => {
    const { records, rejected } = decodeLogs(plain, media.encoding);
    count(records.length);
    return partialSuccess('rejectedLogRecords', rejected, records.length);
  };
}
