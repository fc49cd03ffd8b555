import { ExportResultCode } from '@opentelemetry/core';
import type { ExportResult } from '@opentelemetry/core';
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace';
import { expect, test } from 'vitest';
import { KeepingExporter } from '../src/export/keeping-exporter.ts';

function spansNamed(...names: readonly string[]): ReadableSpan[] {
  return names.map((name) => ({ name }) as ReadableSpan);
}

/** A collector that answers as told and remembers what it took. */
function collector(answers: readonly ExportResult[]): SpanExporter & { readonly sent: string[][] } {
  const sent: string[][] = [];
  return {
    sent,
    export(spans, onResult) {
      sent.push(spans.map((span) => span.name));
      const answer = answers[sent.length - 1];
      if (answer) onResult(answer);
    },
    shutdown: () => Promise.resolve(),
  };
}

const accepted: ExportResult = { code: ExportResultCode.SUCCESS };
const unreachable: ExportResult = { code: ExportResultCode.FAILED, error: Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }) };
const refused: ExportResult = { code: ExportResultCode.FAILED, error: Object.assign(new Error('bad'), { code: 400 }) };

test('what a collector could not take goes out with the next batch', () => {
  const target = collector([unreachable, unreachable, accepted, accepted]);
  const exporter = new KeepingExporter(target);
  for (const name of ['a', 'b', 'c', 'd']) exporter.export(spansNamed(name), () => {});
  expect(target.sent).toEqual([['a'], ['a', 'b'], ['a', 'b', 'c'], ['d']]);
});

test('what a collector refuses is not sent again', () => {
  const target = collector([refused, accepted]);
  const exporter = new KeepingExporter(target);
  exporter.export(spansNamed('poison'), () => {});
  exporter.export(spansNamed('good'), () => {});
  expect(target.sent).toEqual([['poison'], ['good']]);
});

test('while the collector is away memory is bounded, and the newest spans stay', () => {
  const exporter = new KeepingExporter(collector(Array.from({ length: 100 }, () => unreachable)));
  for (let batch = 0; batch < 100; batch++)
    exporter.export(spansNamed(...Array.from({ length: 100 }, (_, index) => `${batch}.${index}`)), () => {});
  const unsent = exporter.takeUnsent().map((span) => span.name);
  expect(unsent).toHaveLength(1024);
  expect(unsent.at(-1)).toBe('99.99');
});

test('at the end everything unacknowledged is handed out once, and nothing is sent any more', () => {
  const target = collector([unreachable]);
  const exporter = new KeepingExporter(target);
  exporter.export(spansNamed('failed'), () => {});
  exporter.export(spansNamed('in flight'), () => {});
  expect(exporter.takeUnsent().map((span) => span.name)).toEqual(['failed', 'in flight']);
  exporter.export(spansNamed('late'), () => {});
  expect(target.sent).toHaveLength(2);
  expect(exporter.takeUnsent().map((span) => span.name)).toEqual(['late']);
});
