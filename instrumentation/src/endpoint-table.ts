import { aiGateway } from './providers/ai-gateway.ts';
import { anthropicMessages } from './providers/anthropic.ts';
import { bedrockConverse, bedrockInvoke } from './providers/bedrock.ts';
import { cohere } from './providers/cohere.ts';
import { gemini, geminiInteractions } from './providers/gemini.ts';
import { mistralConversations, mistralOcr } from './providers/mistral.ts';
import { ollama } from './providers/ollama.ts';
import { openaiChat, openaiDeferredChat, openaiImages, openaiResponses, openaiSpeech, openaiTranscription } from './providers/openai.ts';
import { perplexityAsync } from './providers/perplexity.ts';
import type { ApiReader } from './providers/reader.ts';
import { replicate } from './providers/replicate.ts';

export interface Endpoint {
  /** The end of the path. A group named `model` is the requested model, one named `job` what is asked about, for APIs that have them there. */
  readonly path: RegExp;
  readonly operation: string;
  /** Whose dialect the path speaks: the provider's name where the host does not tell. */
  readonly dialect: string;
  readonly reader: ApiReader;
  /** A path that other services have too: on an unknown host only a request that names a model counts. */
  readonly isCommonPath?: boolean;
  /** Only this provider has the path, wherever the host tells whose it is. */
  readonly only?: string;
  readonly method?: 'GET';
  /** Asks how a job is that an earlier request started, or ends it. `known`: the answer does not say that it is one; we have seen it start. */
  readonly asksAboutJob?: true | 'known';
}

/** Requests that cost money. The first match wins. Operations are the conventions' where they have one. */
export const ENDPOINTS: readonly Endpoint[] = [
  { path: /\/async\/chat\/completions$/, operation: 'chat', dialect: 'perplexity', reader: perplexityAsync },
  {
    path: /\/async\/chat\/completions\/[\w-]+$/,
    operation: 'chat',
    dialect: 'perplexity',
    reader: perplexityAsync,
    method: 'GET',
    asksAboutJob: true,
  },
  { path: /\/chat\/completions$/, operation: 'chat', dialect: 'openai', reader: openaiChat },
  {
    path: /\/chat\/deferred-completion\/(?<job>[\w-]+)$/,
    operation: 'chat',
    dialect: 'x_ai',
    reader: openaiDeferredChat,
    method: 'GET',
    asksAboutJob: true,
  },
  { path: /\/agents\/completions$/, operation: 'chat', dialect: 'mistral_ai', reader: openaiChat },
  { path: /\/responses(?:\/compact)?$/, operation: 'chat', dialect: 'openai', reader: openaiResponses, isCommonPath: true },
  { path: /\/v1\/decisions$/, operation: 'decision', dialect: 'openai', reader: openaiResponses, isCommonPath: true },
  {
    path: /\/responses\/resp_\w+$/,
    operation: 'chat',
    dialect: 'openai',
    reader: openaiResponses,
    method: 'GET',
    asksAboutJob: true,
  },
  { path: /\/responses\/resp_\w+\/cancel$/, operation: 'chat', dialect: 'openai', reader: openaiResponses, asksAboutJob: true },
  {
    path: /\/(?:contextualized|multimodal)?embeddings$/,
    operation: 'embeddings',
    dialect: 'openai',
    reader: openaiChat,
    isCommonPath: true,
  },
  { path: /\/completions$/, operation: 'text_completion', dialect: 'openai', reader: openaiChat, isCommonPath: true },
  { path: /\/images\/(?:generations|edits|variations)$/, operation: 'image_generation', dialect: 'openai', reader: openaiImages },
  { path: /\/audio\/(?:transcriptions|translations)$/, operation: 'transcription', dialect: 'openai', reader: openaiTranscription },
  { path: /\/audio\/speech$/, operation: 'text_to_speech', dialect: 'openai', reader: openaiSpeech },
  { path: /\/v1\/messages$/, operation: 'chat', dialect: 'anthropic', reader: anthropicMessages, isCommonPath: true },
  {
    // `count-tokens` stands where a model does, and costs nothing.
    path: /\/publishers\/anthropic\/models\/(?!count-tokens:)(?<model>[^/:]+):(?:streamR|r)awPredict$/,
    operation: 'chat',
    dialect: 'gcp.vertex_ai',
    reader: anthropicMessages,
  },
  {
    path: /\/publishers\/mistralai\/models\/(?<model>[^/:]+):(?:streamR|r)awPredict$/,
    operation: 'chat',
    dialect: 'gcp.vertex_ai',
    reader: openaiChat,
  },
  {
    path: /\/locations\/[^/]+\/(?:.+\/)?(?:models|endpoints)\/(?<model>[^/:]+):(?:streamG|g)enerateContent$/,
    operation: 'generate_content',
    dialect: 'gcp.vertex_ai',
    reader: gemini,
  },
  {
    path: /\/(?:models|tunedModels)\/(?<model>[^/:]+):(?:streamG|g)enerateContent$/,
    operation: 'generate_content',
    dialect: 'gcp.gemini',
    reader: gemini,
  },
  {
    path: /\/models\/(?<model>[^/:]+):(?:embedContent|batchEmbedContents)$/,
    operation: 'embeddings',
    dialect: 'gcp.gemini',
    reader: gemini,
  },
  { path: /\/models\/(?<model>[^/:]+):predict$/, operation: 'generate_content', dialect: 'gcp.vertex_ai', reader: gemini },
  {
    path: /\/v1(?:beta|alpha)?\/interactions$/,
    operation: 'generate_content',
    dialect: 'gcp.gemini',
    reader: geminiInteractions,
    isCommonPath: true,
  },
  {
    path: /\/v1(?:beta|alpha)?\/interactions\/[\w-]+$/,
    operation: 'generate_content',
    dialect: 'gcp.gemini',
    reader: geminiInteractions,
    method: 'GET',
    asksAboutJob: 'known',
    isCommonPath: true,
  },
  {
    path: /\/v1(?:beta|alpha)?\/interactions\/[\w-]+\/cancel$/,
    operation: 'generate_content',
    dialect: 'gcp.gemini',
    reader: geminiInteractions,
    asksAboutJob: 'known',
    isCommonPath: true,
  },
  { path: /\/model\/(?<model>[^/]+)\/converse(?:-stream)?$/, operation: 'chat', dialect: 'aws.bedrock', reader: bedrockConverse },
  { path: /\/model\/(?<model>[^/]+)\/invoke(?:-with-response-stream)?$/, operation: 'chat', dialect: 'aws.bedrock', reader: bedrockInvoke },
  {
    // At OpenAI conversations are where messages are kept, which costs nothing.
    path: /\/v1\/conversations(?:\/[^/]+(?:\/restart)?)?$/,
    operation: 'chat',
    dialect: 'mistral_ai',
    reader: mistralConversations,
    only: 'mistral_ai',
    isCommonPath: true,
  },
  { path: /\/v1\/ocr$/, operation: 'ocr', dialect: 'mistral_ai', reader: mistralOcr, isCommonPath: true },
  { path: /\/v[12]\/chat$/, operation: 'chat', dialect: 'cohere', reader: cohere, isCommonPath: true },
  { path: /\/v[12]\/embed$/, operation: 'embeddings', dialect: 'cohere', reader: cohere, isCommonPath: true },
  { path: /\/v[12]\/rerank$/, operation: 'rerank', dialect: 'cohere', reader: cohere, isCommonPath: true },
  { path: /\/api\/(?:chat|generate)$/, operation: 'chat', dialect: 'ollama', reader: ollama, isCommonPath: true },
  { path: /\/api\/embed(?:dings)?$/, operation: 'embeddings', dialect: 'ollama', reader: ollama, isCommonPath: true },
  {
    path: /\/v1\/(?:models\/(?<model>[^/]+\/[^/]+)\/|deployments\/[^/]+\/[^/]+\/)?predictions$/,
    operation: 'generate_content',
    dialect: 'replicate',
    reader: replicate,
    isCommonPath: true,
  },
  {
    path: /\/v1\/predictions\/\w+$/,
    operation: 'generate_content',
    dialect: 'replicate',
    reader: replicate,
    method: 'GET',
    asksAboutJob: true,
    isCommonPath: true,
  },
  {
    path: /\/v1\/predictions\/\w+\/cancel$/,
    operation: 'generate_content',
    dialect: 'replicate',
    reader: replicate,
    asksAboutJob: true,
    isCommonPath: true,
  },
  { path: /\/language-model$/, operation: 'chat', dialect: 'vercel', reader: aiGateway, isCommonPath: true },
  { path: /\/embedding-model$/, operation: 'embeddings', dialect: 'vercel', reader: aiGateway, isCommonPath: true },
  { path: /\/image-model$/, operation: 'image_generation', dialect: 'vercel', reader: aiGateway, isCommonPath: true },
  { path: /\/reranking-model$/, operation: 'rerank', dialect: 'vercel', reader: aiGateway, isCommonPath: true },
  { path: /\/speech-model$/, operation: 'text_to_speech', dialect: 'vercel', reader: aiGateway, isCommonPath: true },
  { path: /\/transcription-model$/, operation: 'transcription', dialect: 'vercel', reader: aiGateway, isCommonPath: true },
];
