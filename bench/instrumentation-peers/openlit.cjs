const { trace } = require('@opentelemetry/api');
const { Openlit } = require('openlit');

Openlit.init({
  otlpEndpoint: process.env.OTEL_EXPORTER_OTLP_ENDPOINT,
  applicationName: 'bench',
  disableMetrics: true,
  disableEvents: true,
  captureMessageContent: false,
});
globalThis.flushSpans = async () => {
  const provider = trace.getTracerProvider();
  await (provider.getDelegate?.() ?? provider).forceFlush?.();
};
