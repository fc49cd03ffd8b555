import { basename } from 'node:path';

export interface Config {
  /** False makes the import do nothing at all. */
  readonly isEnabled: boolean;
  /** False when the app wants spans but exports them itself, or not at all. */
  readonly exportsSpans: boolean;
  /** What the resource is named unless `OTEL_SERVICE_NAME` or `OTEL_RESOURCE_ATTRIBUTES` name it. */
  readonly serviceName: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly exportTimeoutMs: number;
}

/**
 * The standard `OTEL_*` variables rule; the OTLP exporter reads endpoint, headers and TLS files by itself. Ours:
 * `TOKENLEDGER_DISABLED`, `TOKENLEDGER_API_KEY` (an ingest key, sent as a bearer token).
 */
export function readConfig(env: NodeJS.ProcessEnv = process.env): Config {
  const key = env['TOKENLEDGER_API_KEY'];
  return {
    isEnabled: !isTrue(env['TOKENLEDGER_DISABLED']) && !isTrue(env['OTEL_SDK_DISABLED']),
    exportsSpans: env['OTEL_TRACES_EXPORTER'] !== 'none',
    serviceName: env['npm_package_name'] ?? (basename(process.argv[1] ?? '') || 'node'),
    headers: key ? { authorization: `Bearer ${key}` } : {},
    // Short, so that an app whose collector is gone still ends at once; a batch that failed is kept and sent again.
    exportTimeoutMs: Number(env['OTEL_EXPORTER_OTLP_TRACES_TIMEOUT'] ?? env['OTEL_EXPORTER_OTLP_TIMEOUT']) || 2_000,
  };
}

function isTrue(value: string | undefined): boolean {
  return value?.toLowerCase() === 'true' || value === '1';
}
