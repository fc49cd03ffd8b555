import { ExportResultCode } from '@opentelemetry/core';
import type { ExportResult } from '@opentelemetry/core';
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace';

const KEPT_SPANS = 1024;

/**
 * Keeps what the collector did not take: a batch that failed goes out again with the next one, so that a collector may restart
 * without a call being lost. Bounded: beyond 1,024 spans the oldest go.
 */
export class KeepingExporter implements SpanExporter {
  readonly #exporter: SpanExporter;
  readonly #inFlight = new Set<readonly ReadableSpan[]>();
  #kept: readonly ReadableSpan[] = [];
  #isStopped = false;

  constructor(exporter: SpanExporter) {
    this.#exporter = exporter;
  }

  export(spans: ReadableSpan[], onResult: (result: ExportResult) => void): void {
    const batch = [...this.#kept, ...spans];
    this.#kept = [];
    if (this.#isStopped) {
      this.#kept = batch;
      return onResult({ code: ExportResultCode.SUCCESS });
    }
    this.#inFlight.add(batch);
    this.#exporter.export(batch, (result) => {
      this.#inFlight.delete(batch);
      if (result.code === ExportResultCode.SUCCESS || isRefusal(result.error)) return onResult(result);
      this.#kept = [...this.#kept, ...batch].slice(-KEPT_SPANS);
      onResult({ code: ExportResultCode.SUCCESS });
    });
  }

  /** Ends sending and gives back every span that nobody has acknowledged; those in flight may then arrive twice. */
  takeUnsent(): ReadableSpan[] {
    this.#isStopped = true;
    const unsent = [...this.#inFlight, this.#kept].flat();
    this.#inFlight.clear();
    this.#kept = [];
    return unsent;
  }

  /** Tries again what was kept. */
  async forceFlush(): Promise<void> {
    if (this.#kept.length > 0) await new Promise<void>((resolve) => this.export([], () => resolve()));
    await this.#exporter.forceFlush?.();
  }

  shutdown(): Promise<void> {
    return this.#exporter.shutdown();
  }
}

/** The collector answered with a status that no repetition changes, such as 400 or 401. */
function isRefusal(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'number';
}
