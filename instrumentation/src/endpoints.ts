import { providerOfHost, regionOfUrl } from './hosts.ts';
import { anthropicMessages } from './providers/anthropic.ts';
import { bedrockConverse, bedrockInvoke } from './providers/bedrock.ts';
import { cohere } from './providers/cohere.ts';
import { gemini, geminiInteractions } from './providers/gemini.ts';
import { mistralConversations, mistralOcr } from './providers/mistral.ts';
import { ollama } from './providers/ollama.ts';
import { openaiChat, openaiImages, openaiResponses, openaiSpeech, openaiTranscription } from './providers/openai.ts';
import type { ApiReader } from './providers/reader.ts';
import { replicate } from './providers/replicate.ts';

interface Endpoint {
  /** The end of the path. A group named `model` is the requested model, for APIs that have it there. */
  readonly path: RegExp;
  readonly operation: string;
  /** Whose dialect the path speaks: the provider's name where the host does not tell. */
  readonly dialect: string;
  readonly reader: ApiReader;
  /** A path that other services have too: on an unknown host only a request that names a model counts. */
  readonly isCommonPath?: boolean;
  /** `GET`: asks how a job is that an earlier request started. */
  readonly method?: 'GET';
}

/** Requests that cost money. The first match wins. Operations are the conventions' where they have one. */
const ENDPOINTS: readonly Endpoint[] = [
  { path: /\/chat\/completions$/, operation: 'chat', dialect: 'openai', reader: openaiChat },
  { path: /\/agents\/completions$/, operation: 'chat', dialect: 'mistral_ai', reader: openaiChat },
  { path: /\/responses(?:\/compact)?$/, operation: 'chat', dialect: 'openai', reader: openaiResponses, isCommonPath: true },
  { path: /\/responses\/resp_\w+$/, operation: 'chat', dialect: 'openai', reader: openaiResponses, method: 'GET' },
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
    path: /\/publishers\/anthropic\/models\/(?<model>[^/:]+):(?:streamR|r)awPredict$/,
    operation: 'chat',
    dialect: 'anthropic',
    reader: anthropicMessages,
  },
  {
    path: /\/publishers\/mistralai\/models\/(?<model>[^/:]+):(?:streamR|r)awPredict$/,
    operation: 'chat',
    dialect: 'mistral_ai',
    reader: openaiChat,
  },
  { path: /\/models\/(?<model>[^/:]+):(?:streamG|g)enerateContent$/, operation: 'generate_content', dialect: 'gcp.gemini', reader: gemini },
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
  { path: /\/model\/(?<model>[^/]+)\/converse(?:-stream)?$/, operation: 'chat', dialect: 'aws.bedrock', reader: bedrockConverse },
  { path: /\/model\/(?<model>[^/]+)\/invoke(?:-with-response-stream)?$/, operation: 'chat', dialect: 'aws.bedrock', reader: bedrockInvoke },
  { path: /\/v1\/conversations(?:\/[^/]+)?$/, operation: 'chat', dialect: 'mistral_ai', reader: mistralConversations, isCommonPath: true },
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
    isCommonPath: true,
  },
];

/** Any path that some endpoint could match: tells an app's other requests apart in one test. */
const CANDIDATE = new RegExp(ENDPOINTS.map(({ path }) => path.source.replace('?<model>', '?:')).join('|'));
const AZURE_DEPLOYMENT = /\/deployments\/([^/]+)\//;

export interface EndpointMatch {
  readonly endpoint: Endpoint;
  readonly url: URL;
  readonly serverAddress: string;
  readonly serverPort: number;
  /** The path itself asks for a stream. */
  readonly isStreaming: boolean;
  readonly provider: string;
  /** The host name where no provider is known by it. */
  readonly gateway: string | undefined;
  /** The requested model or deployment, where the path has it. */
  readonly model: string | undefined;
  readonly region: string | undefined;
}

const STREAMING_PATH = /:stream|-stream$/;
const MAX_KNOWN = 500;
/** By method and origin, by path: apps ask few addresses many times. */
const known = new Map<string, Map<string, EndpointMatch>>();
let knownCount = 0;

/** Tells whether a request is one to a model. `path` may have a query. */
export function matchEndpoint(method: string, origin: string | URL, path: string): EndpointMatch | undefined {
  if (method !== 'POST' && method !== 'GET') return undefined;
  const from = typeof origin === 'string' ? origin : origin.origin;
  const place = method === 'POST' ? from : `${method} ${from}`;
  const found = known.get(place)?.get(path);
  if (found) return found;
  const end = path.search(/[?#]/);
  const pathname = end === -1 ? path : path.slice(0, end);
  if (!CANDIDATE.test(pathname)) return undefined;
  const match = findEndpoint(method, new URL(pathname, from));
  if (match) remember(place, path, match);
  return match;
}

function remember(place: string, path: string, match: EndpointMatch): void {
  if (knownCount++ >= MAX_KNOWN) {
    known.clear();
    knownCount = 1;
  }
  const paths = known.get(place) ?? new Map<string, EndpointMatch>();
  known.set(place, paths.set(path, match));
}

function findEndpoint(method: string, url: URL): EndpointMatch | undefined {
  const { hostname, pathname } = url;
  const endpoint = ENDPOINTS.find((each) => (each.method ?? 'POST') === method && each.path.test(pathname));
  if (!endpoint) return undefined;
  const provider = providerOfHost(hostname);
  const model = endpoint.path.exec(pathname)?.groups?.['model'] ?? AZURE_DEPLOYMENT.exec(pathname)?.[1];
  return {
    endpoint,
    url,
    serverAddress: hostname,
    serverPort: Number(url.port) || (url.protocol === 'http:' ? 80 : 443),
    isStreaming: STREAMING_PATH.test(pathname),
    provider: provider ?? endpoint.dialect,
    gateway: provider ? undefined : hostname,
    model: model && decodeURIComponent(model),
    region: regionOfUrl(url),
  };
}
