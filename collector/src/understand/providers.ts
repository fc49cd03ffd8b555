import { regionOfHost } from '@tokenledger/model';
import { findProvider } from '@tokenledger/pricing';

/**
 * Who sends the bill, under OpenTelemetry's `gen_ai.provider.name` values. How emitters spell them the price book knows; here stands what
 * OpenTelemetry calls otherwise than the price book does.
 */
const OTEL_NAMES: ReadonlyMap<string, string> = new Map(
  Object.entries({
    google: 'gcp.gemini',
    vertex: 'gcp.vertex_ai',
    bedrock: 'aws.bedrock',
    azure: 'azure.ai.openai',
    mistral: 'mistral_ai',
    xai: 'x_ai',
    watsonx: 'ibm.watsonx.ai',
    moonshot: 'moonshot_ai',
  }),
);

/** Of Azure's two services the one that sells everybody's models. */
const AZURE_INFERENCE = /inference|foundry|^azure_ai(?:\.|$)/;

/** Frameworks and gateways that stand where a provider should: they pass the call on, somebody else bills it. */
const NO_BILLERS: ReadonlySet<string> = new Set([
  'langchain',
  'langchain4j',
  'langgraph',
  'strands_agents',
  'strands',
  'agents',
  'openai_agents',
  'pydantic_ai',
  'ag2',
  'agno',
  'autogen',
  'google_adk',
  'gcp.vertex.agent',
  'smolagents',
  'semantic_kernel',
  'agent_framework',
  'microsoft.agent_framework',
  'spring_ai',
  'voltagent',
  'portkey',
  'helicone',
  'kong',
  'bifrost',
  'truefoundry',
  'vercel_ai_gateway',
  'ai_gateway',
  'llamaindex',
  'llama_index',
  'vercel_ai',
  'vercel',
  'litellm',
  'gateway',
  'openlit',
  'openinference',
  'mastra',
  'crewai',
  'haystack',
  'dspy',
  'instructor',
  'unknown',
  '_other',
]);

const BEDROCK_ID =
  /^(?:arn:aws[a-z-]*:bedrock:|(?:(?:us|us-gov|eu|apac|global|jp|au|ca|in|sa|me|af|mx)\.)?(?:anthropic|amazon|meta|cohere|ai21|mistral|stability|deepseek|openai|qwen|writer|minimax|moonshot|moonshotai|nvidia|zai)\.)/;

/** Model families by the beginning of their names, for emitters that name no provider. */
const MODEL_FAMILIES: readonly { readonly pattern: RegExp; readonly provider: string }[] = [
  {
    pattern:
      /^(?:ft:|gpt-|o[1-9](?:-|$)|chatgpt-|text-embedding-|dall-e|whisper-|tts-|davinci|babbage|computer-use-preview|codex-|omni-moderation|text-moderation|sora-)/,
    provider: 'openai',
  },
  { pattern: /^claude-/, provider: 'anthropic' },
  { pattern: /^(?:models\/)?(?:gemini-|gemma-|text-embedding-00|imagen-|veo-)/, provider: 'gcp.gemini' },
  { pattern: /^(?:projects|publishers)\/.*\bmodels\//, provider: 'gcp.vertex_ai' },
  { pattern: /^(?:mistral-|ministral-|codestral|magistral-|devstral-|pixtral-|open-mi[sx]tral)/, provider: 'mistral_ai' },
  { pattern: BEDROCK_ID, provider: 'aws.bedrock' },
  { pattern: /^deepseek-/, provider: 'deepseek' },
  { pattern: /^grok-/, provider: 'x_ai' },
  { pattern: /^(?:command-|embed-english|embed-multilingual|embed-v4|rerank-)/, provider: 'cohere' },
  { pattern: /^sonar(?:-|$)/, provider: 'perplexity' },
  { pattern: /^voyage-/, provider: 'voyage' },
  /** Models that only their maker serves; those with a size in their names are open to all. */
  { pattern: /^(?:qwen[\d.]*(?:-[a-z]+)?|qwq|qvq)-(?:max|plus|flash|turbo|long)(?:-|$)/, provider: 'alibaba' },
];

const HOSTS: readonly { readonly pattern: RegExp; readonly provider?: string; readonly gateway?: string }[] = [
  { pattern: /(?:^|\.)api\.openai\.com$/, provider: 'openai' },
  { pattern: /\.openai\.azure\.com$/, provider: 'azure.ai.openai' },
  { pattern: /\.(?:services\.ai|models\.ai|inference\.ml)\.azure\.com$/, provider: 'azure.ai.inference' },
  { pattern: /^api\.anthropic\.com$/, provider: 'anthropic' },
  { pattern: /^generativelanguage\.googleapis\.com$/, provider: 'gcp.gemini' },
  { pattern: /^(?:[\w-]+-)?aiplatform(?:\.[\w-]+\.rep)?\.googleapis\.com$/, provider: 'gcp.vertex_ai' },
  {
    pattern: /^(?:[\w-]+\.)?bedrock-runtime[\w.-]*\.amazonaws\.com|^bedrock-(?:runtime|mantle)[\w-]*\.[\w-]+\.api\.aws$/,
    provider: 'aws.bedrock',
  },
  { pattern: /^api\.mistral\.ai$/, provider: 'mistral_ai' },
  { pattern: /^api\.groq\.com$/, provider: 'groq' },
  { pattern: /^api\.deepseek\.com$/, provider: 'deepseek' },
  { pattern: /^api\.x\.ai$/, provider: 'x_ai' },
  { pattern: /^api\.cohere\.(?:ai|com)$/, provider: 'cohere' },
  { pattern: /^api\.perplexity\.ai$/, provider: 'perplexity' },
  { pattern: /^api\.(?:together\.xyz|together\.ai)$/, provider: 'together' },
  { pattern: /^api\.fireworks\.ai$/, provider: 'fireworks' },
  { pattern: /^api\.cerebras\.ai$/, provider: 'cerebras' },
  { pattern: /^api\.moonshot\.(?:ai|cn)$/, provider: 'moonshot_ai' },
  { pattern: /^api\.z\.ai$/, provider: 'zai' },
  { pattern: /^dashscope(?:-[a-z]+)?\.aliyuncs\.com$/, provider: 'alibaba' },
  { pattern: /^api\.voyageai\.com$/, provider: 'voyage' },
  { pattern: /^api\.deepinfra\.com$/, provider: 'deepinfra' },
  { pattern: /^api\.novita\.ai$/, provider: 'novita' },
  { pattern: /^api\.sambanova\.ai$/, provider: 'sambanova' },
  { pattern: /^api\.minimax(?:i)?\.(?:io|com|chat)$/, provider: 'minimax' },
  { pattern: /^api\.ai21\.com$/, provider: 'ai21' },
  { pattern: /^integrate\.api\.nvidia\.com$/, provider: 'nvidia' },
  { pattern: /^open\.bigmodel\.cn$/, provider: 'zhipu' },
  { pattern: /^gateway\.ai\.cloudflare\.com$/, gateway: 'cloudflare' },
  { pattern: /^api\.portkey\.ai$/, gateway: 'portkey' },
  { pattern: /\.helicone\.ai$/, gateway: 'helicone' },
  { pattern: /^openrouter\.ai$/, provider: 'openrouter', gateway: 'openrouter' },
  { pattern: /^ai-gateway\.vercel\.sh$/, gateway: 'vercel' },
];

/** LangChain names a span after the class of the chat model. */
const CLASSES = new Map(
  Object.entries({
    ChatOpenAI: 'openai',
    OpenAIEmbeddings: 'openai',
    AzureChatOpenAI: 'azure.ai.openai',
    ChatAnthropic: 'anthropic',
    ChatGoogleGenerativeAI: 'gcp.gemini',
    ChatVertexAI: 'gcp.vertex_ai',
    ChatBedrock: 'aws.bedrock',
    ChatBedrockConverse: 'aws.bedrock',
    ChatMistralAI: 'mistral_ai',
    ChatCohere: 'cohere',
    ChatGroq: 'groq',
    ChatDeepSeek: 'deepseek',
    ChatXAI: 'x_ai',
    ChatPerplexity: 'perplexity',
    ChatTogether: 'together',
    ChatFireworks: 'fireworks',
  }),
);

export interface Biller {
  readonly provider: string;
  readonly gateway?: string | undefined;
  readonly region?: string | undefined;
}

/** `provider` is '' when nothing on the span tells it. */
export function findBiller(stated: string | undefined, model: string | undefined, address: string | undefined, spanName: string): Biller {
  const spelled = stated === undefined ? undefined : spell(stated);
  const host = address === undefined ? undefined : hostOf(address);
  const place = host === undefined ? undefined : HOSTS.find(({ pattern }) => pattern.test(host));
  // An SDK that speaks to another provider in OpenAI's words says that it is OpenAI; who is asked sends the bill.
  const provider = place?.provider ?? spelled?.provider ?? CLASSES.get(spanName) ?? providerOfModel(model) ?? '';
  return { provider, gateway: spelled?.gateway ?? place?.gateway, region: host === undefined ? undefined : regionOfHost(host) };
}

/** Some write an address as a URL, or with its port. */
const hostOf = (address: string): string =>
  address
    .toLowerCase()
    .replace(/^[a-z]+:\/\//, '')
    .replace(/[/:].*$/, '');

function spell(stated: string): { provider?: string; gateway?: string } {
  const name = stated.trim().toLowerCase();
  const folded = name.replaceAll(/[\s-]+/g, '_');
  if (NO_BILLERS.has(folded)) return { gateway: name };
  const known = knownBiller(folded);
  if (known !== undefined) return known === 'openrouter' ? { provider: known, gateway: known } : { provider: known };
  return name === '' ? {} : { provider: name };
}

/** LlamaIndex's classes name themselves so: `Anthropic_LLM`, `openai_responses_llm`. */
const LLAMAINDEX_CLASS = /(?:_responses)?_llm$/;

/** OpenTelemetry's name of whom the price book knows under this one, and be it with an API behind it (`openai.responses`). */
function knownBiller(folded: string): string | undefined {
  const id = findProvider(folded) ?? findProvider(folded.replace(LLAMAINDEX_CLASS, ''));
  if (id === 'azure' && AZURE_INFERENCE.test(folded)) return 'azure.ai.inference';
  return id === undefined ? undefined : (OTEL_NAMES.get(id) ?? id);
}

const VENDORS: ReadonlySet<string> = new Set([
  'amazon',
  'anthropic',
  'ai21',
  'cohere',
  'deepseek',
  'google',
  'meta',
  'mistral',
  'openai',
  'qwen',
]);

/** The vendor alone, where a model should be named. */
export const isVendorName = (name: string): boolean => VENDORS.has(name);

/** Whose APIs count thoughts beside the output; their totals hold both. */
export const THINK_BESIDE_OUTPUT: readonly string[] = ['gcp.gemini', 'gcp.vertex_ai', 'x_ai'];

/** Gemini's models that think: all since 2.5. */
export const THINKING_GEMINI = /gemini-(?!1|2\.0)/;

const SELLS_CLAUDE: ReadonlySet<string> = new Set(['gcp.vertex_ai', 'gcp.gemini', 'azure.ai.inference', 'azure.ai.openai']);

/** Whose API's words the numbers are: Claude speaks Anthropic's at every seller who has others, too. */
export const apiOf = (provider: string, model: string): string =>
  SELLS_CLAUDE.has(provider) && /(?:^|[/.])claude-/.test(model) ? 'anthropic' : provider;

/** Bedrock is asked for `global.anthropic.<model>-v1:0`, which has its price, and answers as the vendor does, with `<model>` alone. */
export function isBedrockIdOf(id: string, model: string): boolean {
  const at = id.lastIndexOf(`.${model}`);
  return at > 0 && BEDROCK_ID.test(id) && /^(?:-v\d+)?(?::\d+k?)*$/.test(id.slice(at + 1 + model.length));
}

/** Gateways name models after their vendors: `openai/gpt-4o-mini`. */
function providerOfModel(model: string | undefined): string | undefined {
  if (model === undefined) return undefined;
  const slash = model.indexOf('/');
  const vendor = slash < 0 ? undefined : knownBiller(model.slice(0, slash).toLowerCase().replaceAll('-', '_'));
  return vendor ?? MODEL_FAMILIES.find(({ pattern }) => pattern.test(model))?.provider;
}
