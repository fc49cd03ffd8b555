import { ProxyTracerProvider, trace } from '@opentelemetry/api';
import { AlwaysOnSampler, BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { defaultResource, detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources';
import type { Config } from './config.ts';
import { deliverAtExit } from './exit.ts';
import { emitWaiting } from './observe.ts';

/**
 * Gives the process OpenTelemetry's SDK and OTLP exporter unless it has, or later sets up, its own: ours is only what the API
 * falls back to while no provider is registered, so an app that registers one simply takes over.
 */
export function provideTracing(config: Config): void {
  const fallback = trace.getTracerProvider();
  if (!config.exportsSpans || !(fallback instanceof ProxyTracerProvider) || hasDelegate(fallback)) return;
  const exporter = new OTLPTraceExporter({ headers: { ...config.headers }, timeoutMillis: config.exportTimeoutMs });
  const processor = new BatchSpanProcessor({ exporter, scheduledDelayMillis: 1_000 });
  fallback.setDelegate(
    new TracerProvider({
      resource: defaultResource()
        .merge(resourceFromAttributes({ 'service.name': config.serviceName }))
        .merge(detectResources({ detectors: [envDetector] })),
      sampler: new AlwaysOnSampler(),
      spanProcessors: [processor],
    }),
  );
  deliverAtExit(() => {
    emitWaiting();
    return processor.forceFlush();
  });
}

function hasDelegate(provider: ProxyTracerProvider): boolean {
  return provider.getDelegate().constructor.name !== 'NoopTracerProvider';
}
