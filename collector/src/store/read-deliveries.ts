import { decodeLogs, decodeTraces } from '../decode/decode.ts';
import type { OtlpSpan } from '../decode/otlp.ts';
import type { Journal } from '../journal/journal.ts';
import type { Encoding, JournalRecord, Signal } from '../journal/record.ts';
import type { Segment } from '../journal/segment.ts';
import { decompress } from '../receive/decompress.ts';
import type { TenantSpans } from '../receive/receive-traces.ts';
import { spansOfLogs } from '../understand/logs.ts';
import { type Loss, messageOf } from './loss.ts';

const SPANS_OF: Readonly<Record<Signal, (plain: Buffer, encoding: Encoding) => readonly OtlpSpan[]>> = {
  traces: (plain, encoding) => decodeTraces(plain, encoding).spans,
  logs: (plain, encoding) => spansOfLogs(decodeLogs(plain, encoding).records),
};

/**
 * What the records of a segment hold, one after another: as it was kept in memory, or read from disk once more. It was decoded before
 * it was acknowledged, so a loss here means that the decoder has changed since.
 */
export async function readDeliveries(
  segment: Segment<TenantSpans>,
  journal: Journal<TenantSpans>,
): Promise<{ readonly deliveries: readonly TenantSpans[]; readonly losses: readonly Loss[] }> {
  if (segment.kept) return { deliveries: segment.kept, losses: [] };
  const deliveries: TenantSpans[] = [];
  const losses: Loss[] = [];
  for (const [position, record] of (await journal.read(segment)).entries()) {
    const { spans, problem } = await decodeRecord(record);
    deliveries.push({ tenant: record.tenant, receivedMs: record.timeMs, spans });
    if (spans.length < record.spans) {
      const message = `${record.spans} spans were accepted and ${spans.length} can be read: ${problem}`;
      losses.push({ reason: 'undecodable', message, records: [position], spans: record.spans - spans.length });
    }
  }
  return { deliveries, losses };
}

async function decodeRecord({
  signal,
  body,
  compression,
  encoding,
}: JournalRecord): Promise<Pick<TenantSpans, 'spans'> & { problem: string }> {
  try {
    const plain = await decompress(Buffer.from(body), compression, Number.MAX_SAFE_INTEGER);
    return { spans: SPANS_OF[signal](plain, encoding), problem: 'the others are rejected' };
  } catch (error) {
    return { spans: [], problem: messageOf(error) };
  }
}
