import type { Dialect } from '../dialect.ts';
import { ag2 } from './ag2.ts';
import { aiSdk } from './ai-sdk.ts';
import { anthropicNative } from './anthropic-native.ts';
import { braintrust } from './braintrust.ts';
import { claudeCode } from './claude-code.ts';
import { codex } from './codex.ts';
import { dotnet } from './dotnet.ts';
import { elastic } from './elastic.ts';
import { geminiCli } from './gemini-cli.ts';
import { genkit } from './genkit.ts';
import { googleAdk } from './google-adk.ts';
import { haystack } from './haystack.ts';
import { laminar } from './laminar.ts';
import { langfuse } from './langfuse.ts';
import { langSmith } from './langsmith.ts';
import { liteLlm } from './litellm.ts';
import { mastra } from './mastra.ts';
import { mistralNative } from './mistral-native.ts';
import { mlflow } from './mlflow.ts';
import { modelServer } from './model-server.ts';
import { openAiAgents } from './openai-agents.ts';
import { openInference } from './openinference.ts';
import { openLlmetry } from './openllmetry.ts';
import { openLit } from './openlit.ts';
import { openRouter } from './openrouter.ts';
import { otelGenAi } from './otel-genai.ts';
import { pydanticAi } from './pydantic-ai.ts';
import { sentry } from './sentry.ts';
import { springAi } from './spring-ai.ts';
import { strands } from './strands.ts';
import { tanStackAi } from './tanstack-ai.ts';
import { vercelAiGateway } from './vercel-ai-gateway.ts';
import { voltAgent } from './voltagent.ts';

/**
 * In order: the first whose scope or span name fits, else the first whose marker is on the span. OpenTelemetry's own names come last,
 * because the others use them beside their own.
 */
export const DIALECTS: readonly Dialect[] = [
  claudeCode,
  codex,
  geminiCli,
  anthropicNative,
  mistralNative,
  aiSdk,
  openLit,
  langfuse,
  mastra,
  genkit,
  voltAgent,
  vercelAiGateway,
  tanStackAi,
  modelServer,
  laminar,
  haystack,
  openAiAgents,
  openLlmetry,
  openInference,
  pydanticAi,
  strands,
  googleAdk,
  springAi,
  liteLlm,
  langSmith,
  openRouter,
  mlflow,
  braintrust,
  sentry,
  elastic,
  dotnet,
  ag2,
  otelGenAi,
];
