import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** Everything here is installed on demand, beside the workspace: `npm run matrix -w instrumentation`. */
export const INSTALLED = join(import.meta.dirname, 'installed');

/** Releases of the SDKs that apps have, with the API of OpenTelemetry they brought along. */
export const SDKS: Readonly<Record<string, readonly string[]>> = {
  'openai-5': ['openai@5.23.2', '@anthropic-ai/sdk@0.60.0', '@opentelemetry/api@1.9.0'],
  'openai-6': ['openai@6.49.0', '@anthropic-ai/sdk@0.120.0', '@opentelemetry/api@1.9.0'],
  'openai-7': ['openai@7.57.0', '@anthropic-ai/sdk@1.12.0', '@opentelemetry/api@1.10.0'],
};

/** Apps of their own: what they use, newest and oldest. */
export const APP_PACKAGES: Readonly<Record<string, readonly string[]>> = {
  'more-sdks': [
    'openai@7.57.0',
    '@google/genai@3.1.0',
    '@mistralai/mistralai@2.7.0',
    'cohere-ai@8.1.0',
    'ollama@0.6.4',
    'groq-sdk@1.6.0',
    'together-ai@0.52.0',
    'voyageai@0.4.0',
    'replicate@1.4.0',
    '@huggingface/inference@4.13.30',
    '@langchain/core@1.4.0',
    '@langchain/openai@1.6.0',
    'ai@7.0.173',
    '@ai-sdk/openai@4.0.118',
    '@openai/agents@0.20.0',
    'zod@4.6.7',
    '@opentelemetry/api@1.10.0',
  ],
  'older-sdks': [
    'openai@4.104.0',
    '@anthropic-ai/sdk@0.30.1',
    'axios@1.13.2',
    '@aws-sdk/client-bedrock-runtime@3.1164.0',
    '@opentelemetry/api@1.9.0',
  ],
  'ai-sdk-5': ['ai@5.0.277', '@ai-sdk/openai@2.0.130', 'zod@4.6.7', '@opentelemetry/api@1.9.0'],
  'ai-sdk-6': ['ai@6.0.325', '@ai-sdk/openai@3.0.141', 'zod@4.6.7', '@opentelemetry/api@1.9.0'],
  'http-clients': [
    'undici@8.13.1',
    'undici-5@npm:undici@5.29.0',
    'undici-6@npm:undici@6.29.1',
    'undici-7@npm:undici@7.0.0',
    'got@16.1.0',
    'node-fetch@3.3.2',
    'axios@1.21.1',
    'openai@7.57.0',
    '@opentelemetry/api@1.10.0',
  ],
  // Other instrumentations of openai, each with an OpenTelemetry SDK that it supports.
  'foreign-2': [
    'openai@6.49.0',
    '@opentelemetry/api@1.9.1',
    '@opentelemetry/sdk-trace-node@2.12.0',
    '@opentelemetry/exporter-trace-otlp-proto@0.223.1',
    '@opentelemetry/instrumentation@0.223.0',
    '@traceloop/instrumentation-openai@0.27.0',
    '@arizeai/openinference-instrumentation-openai@4.2.7',
    'openlit@1.15.0',
  ],
  'foreign-3': [
    'openai@6.49.0',
    '@opentelemetry/api@1.10.0',
    '@opentelemetry/sdk-trace@3.1.1',
    '@opentelemetry/sdk-metrics@3.1.1',
    '@opentelemetry/context-async-hooks@3.1.1',
    '@opentelemetry/exporter-trace-otlp-proto@0.301.1',
    '@opentelemetry/instrumentation@0.301.1',
    '@opentelemetry/instrumentation-openai@0.22.0',
  ],
  'own-sdk-1': ['openai@6.49.0', '@opentelemetry/api@1.9.0', '@opentelemetry/sdk-node@0.57.2'],
  'own-sdk-2': ['openai@6.49.0', '@opentelemetry/api@1.9.0', '@opentelemetry/sdk-node@0.203.0', 'tsx@4.23.15'],
  'own-sdk-3': [
    'openai@7.57.0',
    '@anthropic-ai/sdk@1.12.0',
    '@opentelemetry/api@1.10.0',
    '@opentelemetry/sdk-node@0.301.0',
    'vitest@5.1.1',
  ],
  environments: [
    'openai@7.57.0',
    '@opentelemetry/api@1.10.0',
    'esbuild@0.28.2',
    'jest@30.5.2',
    'pnpm@10.34.8',
    'ts-node@10.9.2',
    'tsx@4.23.15',
    'typescript@5.9.3',
  ],
  runtimes: ['openai@7.57.0', 'bun@1.4.5', 'deno@2.9.6'],
  sentry: ['openai@7.57.0', '@sentry/node@10.78.0'],
  next: ['next@16.4.6', 'react@19.2.0', 'react-dom@19.2.0', 'openai@7.57.0', '@anthropic-ai/sdk@1.12.0', '@opentelemetry/api@1.10.0'],
};

export const NODES: Readonly<Record<string, string>> = {
  'Node 22': 'node@22.23.3',
  'Node 24': 'node@24.21.0',
  'Node 26': 'node@26.9.0',
};

export function nodePath(name: string): string {
  return join(INSTALLED, name.replace(' ', '-'), 'node_modules/node/bin/node');
}

/** It takes minutes. */
export const isMatrixWanted = process.env['TOKENLEDGER_MATRIX'] !== undefined && existsSync(INSTALLED);
