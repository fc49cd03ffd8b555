import { ProxyTracerProvider, trace } from '@opentelemetry/api';
import {
  defaultResource,
  detectResources,
  resourceAttributesEnvDetector,
  resourceFromAttributes,
  serviceNameEnvDetector,
} from '@opentelemetry/resources';
import { AlwaysOnSampler, BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import type { Config } from '../config.ts';
import { emitUnfinished, onFirstExchange } from '../observe.ts';
import { atExit } from './at-exit.ts';
import { ContentRedactor } from './content-redactor.ts';
import { KeepingExporter } from './keeping-exporter.ts';
import { LateExporter } from './late-exporter.ts';
import { toOtlpJson } from './otlp-json.ts';
import { sendBlocking } from './send-blocking.ts';
import { SpanContextProcessor } from './span-context-processor.ts';
import { YieldingProvider } from './yielding-provider.ts';

const BATCH_DELAY_MS = 1_000;
const BATCH_SPANS = 1_024;
const EXIT_DEADLINE_MS = 2_000;

/**
 * Gives the process OpenTelemetry's SDK and OTLP exporter unless it has, or later sets up, its own: ours is only what the API
 * falls back to while no provider is registered, so an app that registers one simply takes over.
 */
export function provideTracing({ endpoint, headers, exportTimeoutMs, serviceName, capturesContent }: Config): void {
  const fallback = trace.getTracerProvider();
  if (!(fallback instanceof ProxyTracerProvider) || hasDelegate(fallback)) return;
  const otlp = new LateExporter(async () => {
    const { OTLPTraceExporter } = await import('@opentelemetry/exporter-trace-otlp-proto');
    return new OTLPTraceExporter({ url: endpoint, headers: { ...headers }, timeoutMillis: exportTimeoutMs });
  });
  const exporter = new KeepingExporter(otlp);
  const batches = new BatchSpanProcessor({ exporter, scheduledDelayMillis: BATCH_DELAY_MS, maxExportBatchSize: BATCH_SPANS });
  const deliverRest = (): void => {
    emitUnfinished();
    void batches.forceFlush();
    const unsent = exporter.takeUnsent();
    if (unsent.length > 0) sendBlocking(endpoint, { 'content-type': 'application/json', ...headers }, toOtlpJson(unsent), EXIT_DEADLINE_MS);
  };
  const provider = new TracerProvider({
    resource: defaultResource()
      .merge(resourceFromAttributes({ 'service.name': serviceName }))
      .merge(detectResources({ detectors: [resourceAttributesEnvDetector, serviceNameEnvDetector] })),
    // Costs are counted, not sampled.
    sampler: new AlwaysOnSampler(),
    spanProcessors: [new SpanContextProcessor(), ...(capturesContent ? [] : [new ContentRedactor()]), batches],
  });
  const deliverAtExit = once(() => atExit(deliverRest));
  fallback.setDelegate(new YieldingProvider(provider, deliverAtExit));
  onFirstExchange(deliverAtExit);
}

function hasDelegate(provider: ProxyTracerProvider): boolean {
  return provider.getDelegate() !== new ProxyTracerProvider().getDelegate();
}

function once(work: () => void): () => void {
  let isDone = false;
  return () => {
    if (isDone) return;
    isDone = true;
    work();
  };
}
