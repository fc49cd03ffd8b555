import { ROOT_CONTEXT, SpanKind, SpanStatusCode, TraceFlags, createTraceState, trace } from '@opentelemetry/api';
import type { Attributes, HrTime } from '@opentelemetry/api';
import { ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { toOtlpProtobuf } from '../src/export/otlp-protobuf.ts';
import { decodeSpans } from './otlp-sink.ts';

function spansOf(attributes: Attributes): ReadableSpan[] {
  const exporter = new InMemorySpanExporter();
  const resource = resourceFromAttributes({ 'service.name': 'a', 'process.pid': 7 });
  const provider = new TracerProvider({ resource, spanProcessors: [new SimpleSpanProcessor({ exporter })] });
  const elsewhere = {
    traceId: '0af7651916cd43dd8448eb211c80319c',
    spanId: 'b7ad6b7169203331',
    traceFlags: TraceFlags.SAMPLED,
    isRemote: true,
    traceState: createTraceState('vendor=value'),
  };
  const startTime: HrTime = [1_700_000_000, 999_999_999];
  const options = { kind: SpanKind.CLIENT, attributes, startTime };
  const first = provider.getTracer('one', '1.2').startSpan('first', options, trace.setSpanContext(ROOT_CONTEXT, elsewhere));
  const links = [{ context: first.spanContext(), attributes: { why: 'because' } }, { context: elsewhere }];
  const second = provider.getTracer('two').startSpan('second', { links });
  second.addEvent('happened', attributes);
  second.setStatus({ code: SpanStatusCode.ERROR, message: 'broken' });
  second.end();
  first.end();
  return exporter.getFinishedSpans();
}

function expectSame(spans: readonly ReadableSpan[]): void {
  const theirs = ProtobufTraceSerializer.serializeRequest([...spans]);
  expect(decodeSpans(toOtlpProtobuf(spans))).toEqual(decodeSpans(Buffer.from(theirs ?? [])));
}

test('what is sent says what OpenTelemetry’s own serializer says', () => {
  const plain = { text: 'ünï "\n', whole: 12, part: 0.1, negative: -3, large: -(2 ** 40), yes: true, no: false };
  expectSame(spansOf({ ...plain, empty: '', list: ['a', 'b'], numbers: [1, 2.5, -7], none: [] }));
  for (const length of [63, 64, 65, 127, 128, 16_383, 16_384, 200_000])
    expectSame(spansOf({ text: 'x'.repeat(length), wide: 'é'.repeat(length) }));
});

test('whatever the attributes are', () => {
  const value = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.maxSafeInteger(),
    fc.double({ noNaN: true }).filter((each) => !Number.isInteger(each)),
    fc.boolean(),
    fc.array(fc.string({ unit: 'grapheme' })),
  );
  fc.assert(
    fc.property(fc.dictionary(fc.string({ minLength: 1, unit: 'binary' }), value), (attributes) => expectSame(spansOf(attributes))),
    { numRuns: 60 },
  );
});
