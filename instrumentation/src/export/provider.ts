import { ProxyTracerProvider, trace } from '@opentelemetry/api';
import {
  defaultResource,
  detectResources,
  resourceAttributesEnvDetector,
  resourceFromAttributes,
  serviceNameEnvDetector,
} from '@opentelemetry/resources';
import { AlwaysOnSampler, ConsoleSpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import type { SpanProcessor } from '@opentelemetry/sdk-trace';
import { provideToOthers } from '../api/connect.ts';
import { readConfig } from '../config.ts';
import type { Config } from '../config.ts';
import { goesDirectly, setDirect } from '../direct.ts';
import { report } from '../guard.ts';
import { emitUnfinished, onFirstExchange } from '../observe.ts';
import { atExit } from './at-exit.ts';
import { Batches } from './batches.ts';
import { ContentRedactor } from './content-redactor.ts';
import { toReadableSpan } from './finished-span.ts';
import { heldBack } from './held-back.ts';
import { openGrpcExporter } from './grpc-exporter.ts';
import { KeepingExporter } from './keeping-exporter.ts';
import { LateExporter } from './late-exporter.ts';
import { toOtlpProtobuf } from './otlp-protobuf.ts';
import { sendBlocking } from './send-blocking.ts';
import { SpanContextProcessor } from './span-context-processor.ts';
import { YieldingProvider, currentProvider } from './yielding-provider.ts';
import type { Pipeline } from './yielding-provider.ts';

/**
 * Gives the process OpenTelemetry's SDK and OTLP exporter unless it has, or later sets up, its own: ours is only what the API
 * falls back to while no provider is registered, so an app that registers one simply takes over. Made with the first span; where to is
 * read then, too: many apps put a file into their environment once they run.
 */
export function provideTracing(): void {
  const config = once(() => readConfig());
  const otlp = new LateExporter(async () =>
    config().protocol === 'grpc'
      ? openGrpcExporter(config(), toOtlpProtobuf)
      : (await import('./otlp-exporter.ts')).openOtlpExporter(config(), toOtlpProtobuf),
  );
  const pipeline = once(() => startPipeline(config(), otlp));
  const watchExit = once(() => {
    atExit(() => {
      emitUnfinished();
      if (pipeline.isDone()) pipeline().deliverRest();
      deliverHeldBack(config());
    });
    if (mayStartThreads()) return;
    // What an app leaves by `process.exit` is lost there; what it leaves by having nothing more to do is not.
    process.once('beforeExit', () => {
      emitUnfinished();
      if (pipeline.isDone()) pipeline().flush().catch(report);
    });
  });
  onFirstExchange(() => {
    const provider = currentProvider();
    const isOurs = provider instanceof YieldingProvider || goesDirectly(provider);
    if (isOurs || config().isEndpointNamed) watchExit();
    // While the call is under way: a test runner may allow no module to be loaded once its test is over.
    if (isOurs && config().toCollector) otlp.open();
  });
  const used = (): Pipeline => {
    watchExit();
    return pipeline();
  };
  const flush = (): Promise<void> => (pipeline.isDone() ? pipeline().flush() : Promise.resolve());
  setDirect({ isAsked: () => config().isOwnEndpoint, record: (finished) => used().record(finished), flush });
  const fallback = trace.getTracerProvider();
  if (!(fallback instanceof ProxyTracerProvider) || hasDelegate(fallback)) return;
  const provider = new YieldingProvider(used);
  fallback.setDelegate(provider);
  provideToOthers(provider);
}

function startPipeline(config: Config, otlp: LateExporter): Pipeline & { readonly deliverRest: () => void } {
  const { serviceName, capturesContent } = config;
  const exporter = new KeepingExporter(otlp);
  const batches = new Batches(exporter);
  const resource = defaultResource()
    .merge(resourceFromAttributes({ 'service.name': serviceName }))
    .merge(detectResources({ detectors: [resourceAttributesEnvDetector, serviceNameEnvDetector] }));
  const outlets: SpanProcessor[] = [];
  if (config.toConsole) outlets.push(new SimpleSpanProcessor({ exporter: new ConsoleSpanExporter() }));
  if (config.toCollector) outlets.push(batches);
  const provider = new TracerProvider({
    resource,
    // Costs are counted, not sampled.
    sampler: new AlwaysOnSampler(),
    spanProcessors: [new SpanContextProcessor(), ...(capturesContent ? [] : [new ContentRedactor()]), ...outlets],
  });
  const deliverRest = (): void => {
    void batches.forceFlush();
    const unsent = exporter.takeUnsent();
    if (unsent.length > 0) sendBlocking(config, toOtlpProtobuf(unsent));
  };
  return {
    provider,
    deliverRest,
    flush: () => provider.forceFlush(),
    record: (finished) => {
      const span = toReadableSpan(finished, resource);
      for (const outlet of outlets) outlet.onEnd(span);
    },
  };
}

/**
 * An SDK of the app's own holds its last spans back, and whatever way the process ends without shutting it down, they are gone. Where somebody
 * said where the collector is, they are sent there.
 */
function deliverHeldBack(config: Config): void {
  const provider = currentProvider();
  if (!config.isEndpointNamed || !config.toCollector || goesDirectly(provider)) return;
  const spans = heldBack(provider);
  const redactor = new ContentRedactor();
  if (!config.capturesContent) for (const span of spans) redactor.onEnd(span);
  if (spans.length > 0) sendBlocking(config, toOtlpProtobuf(spans));
}

/** Node's permission model forbids threads unless told otherwise: nobody can wait for an answer once the event loop stands. */
function mayStartThreads(): boolean {
  const { permission } = process as { readonly permission?: { has(scope: string): boolean } };
  return permission?.has('worker') ?? true;
}

function hasDelegate(provider: ProxyTracerProvider): boolean {
  return provider.getDelegate() !== new ProxyTracerProvider().getDelegate();
}

function once<T>(work: () => T): { (): T; isDone(): boolean } {
  let done: { readonly result: T } | undefined;
  return Object.assign(() => (done ??= { result: work() }).result, { isDone: () => done !== undefined });
}
