import { TraceFlags } from '@opentelemetry/api';
import { suppressTracing } from '@opentelemetry/core';
import type { ReadableSpan, SpanExporter, SpanProcessor } from '@opentelemetry/sdk-trace';
import { activeContext, runWithin } from '../api/carried-context.ts';
import { guarded } from '../guard.ts';
import { startTimer, stopTimer } from '../timers.ts';

const DELAY_MS = 1_000;
const BATCH_SPANS = 1_024;
const MAX_WAITING = 2 * BATCH_SPANS;

/**
 * Sends spans in batches, one at a time, a second after the first or when there are many; beyond 2,048 waiting ones new ones are left out.
 * OpenTelemetry's own takes whatever timer is there: the fake ones of a test would hold all spans of the process for ever.
 */
export class Batches implements SpanProcessor {
  readonly #exporter: SpanExporter;
  #waiting: ReadableSpan[] = [];
  readonly #inFlight = new Set<Promise<void>>();
  #timer: NodeJS.Timeout | undefined;

  constructor(exporter: SpanExporter) {
    this.#exporter = exporter;
  }

  onStart(): void {}

  onEnd(span: ReadableSpan): void {
    if ((span.spanContext().traceFlags & TraceFlags.SAMPLED) === 0 || this.#waiting.length >= MAX_WAITING) return;
    this.#waiting.push(span);
    this.#schedule();
  }

  /** Hands all that waits to the exporter, now, and waits until every batch under way is answered. */
  async forceFlush(): Promise<void> {
    this.#send(this.#waiting.length);
    if (this.#inFlight.size === 0) await this.#exporter.forceFlush?.();
    await Promise.all(this.#inFlight);
  }

  shutdown(): Promise<void> {
    return this.forceFlush();
  }

  #schedule(): void {
    if (this.#inFlight.size > 0 || this.#waiting.length === 0) return;
    if (this.#waiting.length >= BATCH_SPANS) this.#send(BATCH_SPANS);
    else
      this.#timer ??= startTimer(
        guarded(() => this.#send(BATCH_SPANS)),
        DELAY_MS,
      ).unref();
  }

  #send(most: number): void {
    stopTimer(this.#timer);
    this.#timer = undefined;
    if (this.#waiting.length === 0) return;
    const batch = this.#waiting.splice(0, most);
    const isAnswered = new Promise<void>((resolve) => {
      runWithin(suppressTracing(activeContext()), () => this.#exporter.export(batch, () => resolve()));
    });
    this.#inFlight.add(isAnswered);
    const onAnswered = guarded(() => {
      this.#inFlight.delete(isAnswered);
      this.#schedule();
    });
    isAnswered.then(onAnswered, onAnswered);
  }
}
