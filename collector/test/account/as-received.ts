import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Received } from '../../src/account/received.ts';
import { decodeTraces } from '../../src/decode/decode.ts';
import { Attributes, type AttributeValue, type OtlpSpan, SPAN_KINDS, SPAN_STATUSES } from '../../src/decode/otlp.ts';
import { SegmentFile } from '../../src/journal/segment-file.ts';
import { type Json, toProtobuf } from '../otlp/messages.ts';
import { temporaryDirectory } from '../start.ts';

const made = new WeakMap<OtlpSpan, Received>();

/** A span as a collector has it that received it as protobuf. */
export function asReceived(span: OtlpSpan): Received {
  const known = made.get(span) ?? receive(span);
  made.set(span, known);
  return known;
}

/** A file of the journal, large enough to be read again, that grows by what is put into it. */
export async function startFile(...whenOver: Parameters<typeof temporaryDirectory>) {
  const path = join(await temporaryDirectory(...whenOver), 'one.segment');
  appendFileSync(path, '');
  const file = await SegmentFile.open({ path, bytes: 2 ** 21 });
  let end = 0;
  return {
    path,
    file,
    /** A span as a collector has it that reads it from there. */
    put: ({ wire, ...received }: Received): Received => {
      if (!wire) return received;
      const at = end;
      appendFileSync(path, wire.bytes);
      end += wire.bytes.length;
      return { ...received, wire: { ...wire, filed: { file, at } } };
    },
  };
}

function receive(span: OtlpSpan): Received {
  const body = toProtobuf({
    resourceSpans: [{ resource: { attributes: pairs(span.resource) }, scopeSpans: [{ scope: { ...span.scope }, spans: [toOtlp(span)] }] }],
  });
  const { spans, bounds } = decodeTraces(body, 'protobuf');
  const [read = span] = spans;
  const [from = 0, to = 0] = bounds ?? [];
  return { tenant: 'default', span: read, wire: { bytes: body, from, to } };
}

function toOtlp({ traceId, spanId, parentSpanId, name, kind, startMs, endMs, status, attributes, events }: OtlpSpan): Json {
  return {
    traceId,
    spanId,
    ...(parentSpanId !== undefined && { parentSpanId }),
    name,
    kind: SPAN_KINDS.indexOf(kind),
    startTimeUnixNano: nanos(startMs),
    endTimeUnixNano: nanos(endMs),
    attributes: pairs(attributes),
    events: events.map((event) => ({ name: event.name, timeUnixNano: nanos(event.timeMs), attributes: pairs(event.attributes) })),
    status: { code: SPAN_STATUSES.indexOf(status) },
  };
}

const nanos = (ms: number): string => String(BigInt(Math.round(ms * 1e6)));
const pairs = (attributes: Attributes): Json[] => [...attributes].map(([key, value]) => ({ key, value: toValue(value) }));

function toValue(value: AttributeValue): Json {
  if (value === null) return {};
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  if (typeof value === 'number') return Number.isInteger(value) ? { intValue: value } : { doubleValue: value };
  if (value instanceof Attributes) return { kvlistValue: { values: pairs(value) } };
  return { arrayValue: { values: value.map(toValue) } };
}
