import { checkTraces, decodeLogs } from '../decode/decode.ts';
import type { Filed } from '../journal/segment-file.ts';
import type { FiledRecord, ReadSegment, Segment } from '../journal/segment.ts';
import { decompress } from '../receive/decompress.ts';
import { giveBack } from '../receive/give-back.ts';
import { type ReadSpans, readTraces, type TenantSpans } from '../receive/tenant-spans.ts';
import { spansOfLogs } from '../understand/logs.ts';
import { type Loss, messageOf } from './loss.ts';

export interface Delivery extends TenantSpans {
  /** Of its record in the segment. */
  readonly position: number;
  /** What was accepted of it and cannot be read. */
  readonly losses: readonly Loss[];
  /** Where its body lies, unless compressed. */
  readonly filed: Filed | undefined;
  /** Gives back what it was decompressed into: it is read no more. */
  readonly free: () => void;
}

/** A segment's deliveries, a window at a time: those of one are gone when the next is asked for. A body is decompressed when it is opened. */
export type Deliveries = AsyncIterable<readonly OpenDelivery[]>;
export type OpenDelivery = () => Promise<Delivery>;

/**
 * What the records of a segment hold, one after another. It was looked through before it was acknowledged, so a loss here means that
 * another process did so, and the decoder has changed since.
 */
export async function* readDeliveries(segment: Segment, readSegment: ReadSegment): Deliveries {
  let position = 0;
  for await (const records of readSegment(segment)) {
    const from = position;
    yield records.map((record, index) => () => openDelivery(record, from + index, segment.isRecovered));
    position += records.length;
  }
}

async function openDelivery(record: FiledRecord, position: number, isRecovered: boolean): Promise<Delivery> {
  const { count, read, free, problem } = await openRecord(record, isRecovered);
  const filed = record.compression === 'identity' ? record.filed : undefined;
  const delivery = { position, tenant: record.tenant, receivedMs: record.timeMs, count, read, filed, free };
  if (count >= record.spans) return { ...delivery, losses: [] };
  const message = `${record.spans} spans were accepted and ${count} can be read: ${problem}`;
  return { ...delivery, losses: [{ reason: 'undecodable', message, records: [position], spans: record.spans - count }] };
}

type Opened = Pick<Delivery, 'count' | 'read' | 'free'> & { readonly problem: string };

async function openRecord({ signal, body, compression, encoding, spans }: FiledRecord, isRecovered: boolean): Promise<Opened> {
  const problem = 'the others are rejected';
  try {
    const kept = Buffer.from(body.buffer, body.byteOffset, body.length);
    const plain = await decompress(kept, compression, Number.MAX_SAFE_INTEGER);
    const free = plain === kept ? nothing : () => giveBack(plain);
    const read = (): ReadSpans =>
      signal === 'traces' ? readTraces(plain, encoding) : { spans: spansOfLogs(decodeLogs(plain, encoding).records) };
    if (!isRecovered) return { count: spans, read, free, problem };
    if (signal === 'traces' && encoding === 'protobuf') return { count: checkTraces(plain).spans, read, free, problem };
    return { count: read().spans.length, read, free, problem };
  } catch (error) {
    return { count: 0, read: () => ({ spans: [] }), free: nothing, problem: messageOf(error) };
  }
}

const nothing = (): void => undefined;
