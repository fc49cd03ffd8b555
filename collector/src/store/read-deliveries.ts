import { checkTraces, decodeLogs } from '../decode/decode.ts';
import type { JournalRecord } from '../journal/record.ts';
import type { ReadSegment, Segment } from '../journal/segment.ts';
import { decompress } from '../receive/decompress.ts';
import { type ReadSpans, readTraces, type TenantSpans } from '../receive/tenant-spans.ts';
import { spansOfLogs } from '../understand/logs.ts';
import { type Loss, messageOf } from './loss.ts';

/**
 * What the records of a segment hold, one after another. It was looked through before it was acknowledged, so a loss here means that
 * another process did so, and the decoder has changed since.
 */
export async function readDeliveries(
  segment: Segment,
  readSegment: ReadSegment,
): Promise<{ readonly deliveries: readonly TenantSpans[]; readonly losses: readonly Loss[] }> {
  const deliveries: TenantSpans[] = [];
  const losses: Loss[] = [];
  for (const [position, record] of (await readSegment(segment)).entries()) {
    const { count, read, problem } = await openRecord(record, segment.isRecovered);
    deliveries.push({ tenant: record.tenant, receivedMs: record.timeMs, count, read });
    if (count < record.spans) {
      const message = `${record.spans} spans were accepted and ${count} can be read: ${problem}`;
      losses.push({ reason: 'undecodable', message, records: [position], spans: record.spans - count });
    }
  }
  return { deliveries, losses };
}

type Opened = Pick<TenantSpans, 'count' | 'read'> & { readonly problem: string };

async function openRecord({ signal, body, compression, encoding, spans }: JournalRecord, isRecovered: boolean): Promise<Opened> {
  const problem = 'the others are rejected';
  try {
    const plain = await decompress(Buffer.from(body.buffer, body.byteOffset, body.length), compression, Number.MAX_SAFE_INTEGER);
    const read = (): ReadSpans =>
      signal === 'traces' ? readTraces(plain, encoding) : { spans: spansOfLogs(decodeLogs(plain, encoding).records) };
    if (!isRecovered) return { count: spans, read, problem };
    if (signal === 'traces' && encoding === 'protobuf') return { count: checkTraces(plain).spans, read, problem };
    return { count: read().spans.length, read, problem };
  } catch (error) {
    return { count: 0, read: () => ({ spans: [] }), problem: messageOf(error) };
  }
}
