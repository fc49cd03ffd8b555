import { checkTraces, decodeLogs } from '../decode/decode.ts';
import type { Journal } from '../journal/journal.ts';
import type { JournalRecord } from '../journal/record.ts';
import type { Segment } from '../journal/segment.ts';
import { decompress } from '../receive/decompress.ts';
import { type ReadSpans, readTraces, type TenantSpans } from '../receive/tenant-spans.ts';
import { spansOfLogs } from '../understand/logs.ts';
import { type Loss, messageOf } from './loss.ts';

/**
 * What the records of a segment hold, one after another: as it was kept in memory, or read from disk once more. It was looked through
 * before it was acknowledged, so a loss here means that the decoder has changed since.
 */
export async function readDeliveries(
  segment: Segment<TenantSpans>,
  journal: Journal<TenantSpans>,
): Promise<{ readonly deliveries: readonly TenantSpans[]; readonly losses: readonly Loss[] }> {
  if (segment.kept) return { deliveries: segment.kept, losses: [] };
  const deliveries: TenantSpans[] = [];
  const losses: Loss[] = [];
  for (const [position, record] of (await journal.read(segment)).entries()) {
    const { count, read, problem } = await openRecord(record);
    deliveries.push({ tenant: record.tenant, receivedMs: record.timeMs, count, read });
    if (count < record.spans) {
      const message = `${record.spans} spans were accepted and ${count} can be read: ${problem}`;
      losses.push({ reason: 'undecodable', message, records: [position], spans: record.spans - count });
    }
  }
  return { deliveries, losses };
}

type Opened = Pick<TenantSpans, 'count' | 'read'> & { readonly problem: string };

async function openRecord({ signal, body, compression, encoding }: JournalRecord): Promise<Opened> {
  const problem = 'the others are rejected';
  try {
    const plain = await decompress(Buffer.from(body.buffer, body.byteOffset, body.length), compression, Number.MAX_SAFE_INTEGER);
    if (signal === 'traces' && encoding === 'protobuf')
      return { count: checkTraces(plain).spans, read: () => readTraces(plain, encoding), problem };
    const read = (): ReadSpans =>
      signal === 'traces' ? readTraces(plain, encoding) : { spans: spansOfLogs(decodeLogs(plain, encoding).records) };
    return { count: read().spans.length, read, problem };
  } catch (error) {
    return { count: 0, read: () => ({ spans: [] }), problem: messageOf(error) };
  }
}
