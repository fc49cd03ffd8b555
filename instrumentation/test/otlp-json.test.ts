import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import { JsonTraceSerializer } from '@opentelemetry/otlp-transformer';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { expect, test } from 'vitest';
import { toOtlpJson } from '../src/export/otlp-json.ts';

test('what is sent at the end of a process says what OpenTelemetry’s own serializer says', () => {
  const exporter = new InMemorySpanExporter();
  const resource = resourceFromAttributes({ 'service.name': 'a', 'process.pid': 7 });
  const provider = new TracerProvider({ resource, spanProcessors: [new SimpleSpanProcessor({ exporter })] });
  const attributes = { text: 'ünï "\n', whole: 12, part: 0.1, large: 2 ** 60, yes: true, list: ['a', 'b'], numbers: [1, 2.5], none: [] };
  const first = provider
    .getTracer('one', '1.2')
    .startSpan('first', { kind: SpanKind.CLIENT, attributes, startTime: [1_700_000_000, 999_999_999] });
  const link = { context: first.spanContext(), attributes: { why: 'because' } };
  const second = provider.getTracer('two').startSpan('second', { links: [link] });
  second.addEvent('happened', { where: 'here' });
  second.setStatus({ code: SpanStatusCode.ERROR, message: 'broken' });
  second.end();
  first.end();
  const spans = exporter.getFinishedSpans();
  const theirs = JSON.parse(Buffer.from(JsonTraceSerializer.serializeRequest(spans) ?? []).toString()) as unknown;
  expect(simplified(JSON.parse(toOtlpJson(spans)))).toEqual(simplified(theirs));
});

/** Without what means nothing: defaults, and how a whole number is written. */
function simplified(value: unknown): unknown {
  const text = JSON.stringify(value, (key, each: unknown) => {
    if (key === 'intValue' || key === 'doubleValue') return String(each);
    return /^dropped\w+Count$/.test(key) || (Array.isArray(each) && each.length === 0) ? undefined : each;
  });
  return JSON.parse(text.replaceAll('"doubleValue"', '"intValue"'));
}
