import { ProxyTracerProvider, trace } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer';
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
import { sendBlocking } from './send-blocking.ts';
import { SpanContextProcessor } from './span-context-processor.ts';
import { YieldingProvider } from './yielding-provider.ts';

const BATCH_DELAY_MS = 1_000;
const EXIT_DEADLINE_MS = 2_000;

/**
 * Gives the process OpenTelemetry's SDK and OTLP exporter unless it has, or later sets up, its own: ours is only what the API
 * falls back to while no provider is registered, so an app that registers one simply takes over.
 */
export function provideTracing({ endpoint, headers, exportTimeoutMs, serviceName, capturesContent }: Config): void {
  const fallback = trace.getTracerProvider();
  if (!(fallback instanceof ProxyTracerProvider) || hasDelegate(fallback)) return;
  const exporter = new KeepingExporter(new OTLPTraceExporter({ url: endpoint, headers: { ...headers }, timeoutMillis: exportTimeoutMs }));
  const batches = new BatchSpanProcessor({ exporter, scheduledDelayMillis: BATCH_DELAY_MS });
  const deliverRest = (): void => {
    emitUnfinished();
    void batches.forceFlush();
    const unsent = exporter.takeUnsent();
    const body = unsent.length > 0 ? ProtobufTraceSerializer.serializeRequest(unsent) : undefined;
    if (body) sendBlocking(endpoint, { 'content-type': 'application/x-protobuf', ...headers }, body, EXIT_DEADLINE_MS);
  };
  const provider = new TracerProvider({
    resource: defaultResource()
      .merge(resourceFromAttributes({ 'service.name': serviceName }))
      .merge(detectResources({ detectors: [resourceAttributesEnvDetector, serviceNameEnvDetector] })),
    // Costs are counted, not sampled.
    sampler: new AlwaysOnSampler(),
    spanProcessors: [new SpanContextProcessor(), ...(capturesContent ? [] : [new ContentRedactor()]), batches],
  });
  fallback.setDelegate(new YieldingProvider(provider));
  onFirstExchange(() => atExit(deliverRest));
}

function hasDelegate(provider: ProxyTracerProvider): boolean {
  return provider.getDelegate() !== new ProxyTracerProvider().getDelegate();
}
