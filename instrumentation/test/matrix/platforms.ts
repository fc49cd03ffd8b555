import { join } from 'node:path';

/** Everything here is installed on demand, beside the workspace: `npm run matrix -w instrumentation`. */
export const INSTALLED = join(import.meta.dirname, 'installed');

/** Releases of the SDKs that apps have, with the API of OpenTelemetry they brought along. */
export const SDKS: Readonly<Record<string, readonly string[]>> = {
  'openai-5': ['openai@5.23.2', '@anthropic-ai/sdk@0.60.0', '@opentelemetry/api@1.9.0'],
  'openai-6': ['openai@6.49.0', '@anthropic-ai/sdk@0.120.0', '@opentelemetry/api@1.9.0'],
  'openai-7': ['openai@7.57.0', '@anthropic-ai/sdk@1.12.0', '@opentelemetry/api@1.10.0'],
};

export const NODES: Readonly<Record<string, string>> = {
  'Node 22': 'node@22.23.3',
  'Node 24': 'node@24.21.0',
  'Node 26': 'node@26.9.0',
};

export function nodePath(name: string): string {
  return join(INSTALLED, name.replace(' ', '-'), 'node_modules/node/bin/node');
}
