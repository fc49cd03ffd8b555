// OpenTelemetry SDK 2 with an OTLP exporter, as its documentation sets it up.
const { NodeTracerProvider, BatchSpanProcessor } = require('@opentelemetry/sdk-trace-node');
const { OTLPTraceExporter } = require('@opentelemetry/exporter-trace-otlp-proto');
const { registerInstrumentations } = require('@opentelemetry/instrumentation');

exports.start = (instrumentations) => {
  const provider = new NodeTracerProvider({
    spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter(), { scheduledDelayMillis: 500 })],
  });
  provider.register();
  registerInstrumentations({ instrumentations, tracerProvider: provider });
  globalThis.flushSpans = () => provider.forceFlush();
};
