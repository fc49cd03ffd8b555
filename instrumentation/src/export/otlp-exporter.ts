import { OTLPExporterBase } from '@opentelemetry/otlp-exporter-base';
import { convertLegacyHttpOptions, createOtlpHttpExportDelegate } from '@opentelemetry/otlp-exporter-base/node-http';
import { ProtobufTraceSerializer, TraceExporterMetricsHelper } from '@opentelemetry/otlp-transformer';
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace';
import type { Config } from '../config.ts';

const PROTOBUF = { 'Content-Type': 'application/x-protobuf' };

/** OpenTelemetry's OTLP/HTTP exporter, with its retries, compression, TLS and `OTEL_*` variables, but a serializer of ours. */
export function openOtlpExporter(
  { endpoint, isOwnEndpoint, headers, exportTimeoutMs }: Config,
  serializeRequest: (spans: readonly ReadableSpan[]) => Buffer,
): SpanExporter {
  const config = { url: endpoint, headers: { ...headers }, timeoutMillis: exportTimeoutMs };
  const ofAll = convertLegacyHttpOptions(config, 'TRACES', 'v1/traces', PROTOBUF);
  // It adds what the standard variables say for another endpoint.
  const options = isOwnEndpoint ? { ...ofAll, headers: () => Promise.resolve({ ...PROTOBUF, ...headers }) } : ofAll;
  const serializer = { serializeRequest, deserializeResponse: (data: Uint8Array) => ProtobufTraceSerializer.deserializeResponse(data) };
  return new OTLPExporterBase(
    createOtlpHttpExportDelegate(options, serializer, 'otlp_http_span_exporter', TraceExporterMetricsHelper, undefined),
  );
}
