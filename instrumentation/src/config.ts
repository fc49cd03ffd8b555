import { basename } from 'node:path';
import { parseKeyPairsIntoRecord } from '@opentelemetry/core';
import type { TlsFiles } from './export/tls-files.ts';

export interface Config {
  /** False makes the import do nothing at all. */
  readonly isEnabled: boolean;
  /** False when spans go nowhere unless the app has an OpenTelemetry provider of its own. */
  readonly exportsSpans: boolean;
  /** What the resource is named unless `OTEL_SERVICE_NAME` or `OTEL_RESOURCE_ATTRIBUTES` name it. */
  readonly serviceName: string;
  readonly protocol: 'http' | 'grpc';
  /** Where batches are posted, with the path. */
  readonly endpoint: string;
  /** The endpoint is Tokenledger's alone: every call goes there, also where the app has an OpenTelemetry provider of its own. */
  readonly isOwnEndpoint: boolean;
  readonly headers: Readonly<Record<string, string>>;
  readonly exportTimeoutMs: number;
  readonly tlsFiles: TlsFiles;
  /** Whether what was asked and answered may leave the process, on our spans and on those of other instrumentations. */
  readonly capturesContent: boolean;
  readonly fingerprintKey: string | undefined;
  readonly includesUsage: boolean;
}

const DEFAULT_ENDPOINTS = { http: 'http://localhost:4318', grpc: 'http://localhost:4317' } as const;
/** Short, for an app waits so long at its end for a collector that is gone; a batch that failed is kept and sent again. */
const DEFAULT_EXPORT_TIMEOUT_MS = 2_000;

/** The convention's values, and the booleans that earlier releases had. */
const CAPTURING = new Set(['true', '1', 'span_only', 'span_and_event']);

/**
 * The standard `OTEL_*` variables rule; compression is read by the OTLP exporter itself, TLS files too. Ours:
 * `TOKENLEDGER_DISABLED`; `TOKENLEDGER_ENDPOINT`, a collector that gets every call, whoever else traces the app;
 * `TOKENLEDGER_API_KEY`, an ingest key, sent as a bearer token; `TOKENLEDGER_FINGERPRINT_KEY`, which turns
 * prompt fingerprints on; `TOKENLEDGER_INCLUDE_USAGE`, which asks for the usage of streams on the app's behalf.
 */
export function readConfig(env: NodeJS.ProcessEnv = process.env): Config {
  const key = env['TOKENLEDGER_API_KEY'];
  const destination = readDestination(env);
  const { isOwnEndpoint } = destination;
  return {
    isEnabled: !isTrue(env['TOKENLEDGER_DISABLED']) && !isTrue(env['OTEL_SDK_DISABLED']),
    exportsSpans: env['OTEL_TRACES_EXPORTER']?.trim() !== 'none',
    serviceName: env['npm_package_name'] || basename(process.argv[1] ?? '') || 'node',
    ...destination,
    headers: {
      ...(key && { authorization: `Bearer ${key}` }),
      // Others' keys are for others.
      ...(!isOwnEndpoint && parseKeyPairsIntoRecord(env['OTEL_EXPORTER_OTLP_HEADERS'])),
      ...(!isOwnEndpoint && parseKeyPairsIntoRecord(env['OTEL_EXPORTER_OTLP_TRACES_HEADERS'])),
    },
    tlsFiles: tlsFiles(env),
    exportTimeoutMs: Number(env['OTEL_EXPORTER_OTLP_TRACES_TIMEOUT'] || env['OTEL_EXPORTER_OTLP_TIMEOUT']) || DEFAULT_EXPORT_TIMEOUT_MS,
    capturesContent: CAPTURING.has(env['OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT']?.toLowerCase() ?? ''),
    fingerprintKey: env['TOKENLEDGER_FINGERPRINT_KEY'] || undefined,
    includesUsage: isTrue(env['TOKENLEDGER_INCLUDE_USAGE']),
  };
}

function readDestination(env: NodeJS.ProcessEnv): Pick<Config, 'protocol' | 'endpoint' | 'isOwnEndpoint'> {
  const own = env['TOKENLEDGER_ENDPOINT'];
  if (own !== undefined && URL.canParse(own)) return { protocol: 'http', endpoint: tracesEndpoint(undefined, own), isOwnEndpoint: true };
  const asked = env['OTEL_EXPORTER_OTLP_TRACES_PROTOCOL'] || env['OTEL_EXPORTER_OTLP_PROTOCOL'];
  if (asked?.trim() === 'grpc') return { protocol: 'grpc', endpoint: grpcEndpoint(env), isOwnEndpoint: false };
  const endpoint = tracesEndpoint(env['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'], env['OTEL_EXPORTER_OTLP_ENDPOINT']);
  return { protocol: 'http', endpoint, isOwnEndpoint: false };
}

/** Source: OpenTelemetry specification, protocol/exporter: the scheme says whether TLS is spoken; without one `…_INSECURE` does. */
function grpcEndpoint(env: NodeJS.ProcessEnv): string {
  const asked = env['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'] || env['OTEL_EXPORTER_OTLP_ENDPOINT'] || DEFAULT_ENDPOINTS.grpc;
  const isInsecure = isTrue(env['OTEL_EXPORTER_OTLP_TRACES_INSECURE'] || env['OTEL_EXPORTER_OTLP_INSECURE']);
  const url = /^https?:\/\//i.test(asked) ? asked : `${isInsecure ? 'http' : 'https'}://${asked}`;
  return `${new URL(URL.canParse(url) ? url : DEFAULT_ENDPOINTS.grpc).origin}/opentelemetry.proto.collector.trace.v1.TraceService/Export`;
}

/** Source: OpenTelemetry specification, protocol/exporter: the signal's endpoint as it is, else the common one + `/v1/traces`. */
function tracesEndpoint(ofTraces: string | undefined, ofAll: string | undefined): string {
  if (ofTraces && URL.canParse(ofTraces)) return ofTraces;
  const base = ofAll && URL.canParse(ofAll) ? ofAll : DEFAULT_ENDPOINTS.http;
  return `${base.replace(/\/$/, '')}/v1/traces`;
}

/** Source: OpenTelemetry specification, protocol/exporter. */
const TLS_VARIABLES = { ca: 'CERTIFICATE', cert: 'CLIENT_CERTIFICATE', key: 'CLIENT_KEY' } as const;

function tlsFiles(env: NodeJS.ProcessEnv): TlsFiles {
  const named = Object.entries(TLS_VARIABLES).map(
    ([name, variable]) => [name, env[`OTEL_EXPORTER_OTLP_TRACES_${variable}`] || env[`OTEL_EXPORTER_OTLP_${variable}`]] as const,
  );
  return Object.fromEntries(named.filter(([, path]) => path));
}

function isTrue(value: string | undefined): boolean {
  return value?.toLowerCase() === 'true' || value === '1';
}
