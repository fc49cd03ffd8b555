import { basename } from 'node:path';
import { parseKeyPairsIntoRecord } from '@opentelemetry/core';
import type { TlsFiles } from './export/tls-files.ts';

export interface Config {
  /** False makes the import do nothing at all. */
  readonly isEnabled: boolean;
  /** Where spans go unless the app has an OpenTelemetry provider of its own: to a collector, to standard output, to both or nowhere. */
  readonly toCollector: boolean;
  readonly toConsole: boolean;
  /** What the resource is named unless `OTEL_SERVICE_NAME` or `OTEL_RESOURCE_ATTRIBUTES` name it. */
  readonly serviceName: string;
  readonly protocol: 'http' | 'grpc';
  /** Where batches are posted, with the path. */
  readonly endpoint: string;
  /** The endpoint is Tokenledger's alone: every call goes there, also where the app has an OpenTelemetry provider of its own. */
  readonly isOwnEndpoint: boolean;
  /** Somebody said where the collector is. */
  readonly isEndpointNamed: boolean;
  readonly headers: Readonly<Record<string, string>>;
  readonly exportTimeoutMs: number;
  readonly isCompressed: boolean;
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
 * The standard `OTEL_*` variables rule; over HTTP the OTLP exporter reads compression and TLS files by itself. Ours:
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
    ...readExporters(env, isOwnEndpoint),
    serviceName: env['npm_package_name'] || basename(process.argv[1] ?? '') || 'node',
    ...destination,
    isEndpointNamed: isOwnEndpoint || Boolean(env['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'] || env['OTEL_EXPORTER_OTLP_ENDPOINT']),
    headers: {
      ...(key && { authorization: `Bearer ${key}` }),
      // Others' keys are for others.
      ...(!isOwnEndpoint && parseKeyPairsIntoRecord(env['OTEL_EXPORTER_OTLP_HEADERS'])),
      ...(!isOwnEndpoint && parseKeyPairsIntoRecord(env['OTEL_EXPORTER_OTLP_TRACES_HEADERS'])),
    },
    isCompressed: (env['OTEL_EXPORTER_OTLP_TRACES_COMPRESSION'] || env['OTEL_EXPORTER_OTLP_COMPRESSION']) === 'gzip',
    tlsFiles: tlsFiles(env),
    exportTimeoutMs: Number(env['OTEL_EXPORTER_OTLP_TRACES_TIMEOUT'] || env['OTEL_EXPORTER_OTLP_TIMEOUT']) || DEFAULT_EXPORT_TIMEOUT_MS,
    capturesContent: CAPTURING.has(env['OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT']?.toLowerCase() ?? ''),
    fingerprintKey: env['TOKENLEDGER_FINGERPRINT_KEY'] || undefined,
    includesUsage: isTrue(env['TOKENLEDGER_INCLUDE_USAGE']),
  };
}

/** A list, as OpenTelemetry's SDK reads it: `none` among others rules; `TOKENLEDGER_ENDPOINT` is ours, whatever it says. */
function readExporters(env: NodeJS.ProcessEnv, isOwnEndpoint: boolean): Pick<Config, 'toCollector' | 'toConsole'> {
  const names = new Set((env['OTEL_TRACES_EXPORTER'] || 'otlp').split(',').map((name) => name.trim()));
  const isNone = names.has('none');
  const toConsole = !isNone && names.delete('console');
  return { toCollector: isOwnEndpoint || (!isNone && names.size > 0), toConsole };
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
