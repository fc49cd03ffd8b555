/**
 * Who sends the bill, under OpenTelemetry's `gen_ai.provider.name` values. Emitters spell them in many ways; some add the API they call
 * (`openai.responses`), some name a gateway or a framework that bills nothing.
 */
const SPELLINGS = new Map(
  Object.entries({
    openai: 'openai',
    anthropic: 'anthropic',
    claude: 'anthropic',
    google: 'gcp.gemini',
    gemini: 'gcp.gemini',
    google_genai: 'gcp.gemini',
    'google.generative_ai': 'gcp.gemini',
    google_generativeai: 'gcp.gemini',
    googleai: 'gcp.gemini',
    google_ai_studio: 'gcp.gemini',
    'gcp.gemini': 'gcp.gemini',
    'gcp.gen_ai': 'gcp.gemini',
    'gcp.vertex_ai': 'gcp.vertex_ai',
    vertex: 'gcp.vertex_ai',
    vertexai: 'gcp.vertex_ai',
    vertex_ai: 'gcp.vertex_ai',
    'google.vertex': 'gcp.vertex_ai',
    google_vertexai: 'gcp.vertex_ai',
    google_vertex_ai: 'gcp.vertex_ai',
    vertexanthropic: 'gcp.vertex_ai',
    aws: 'aws.bedrock',
    bedrock: 'aws.bedrock',
    'aws.bedrock': 'aws.bedrock',
    aws_bedrock: 'aws.bedrock',
    amazon_bedrock: 'aws.bedrock',
    bedrock_converse: 'aws.bedrock',
    azure: 'azure.ai.openai',
    azure_openai: 'azure.ai.openai',
    azureopenai: 'azure.ai.openai',
    'az.ai.openai': 'azure.ai.openai',
    'azure.ai.openai': 'azure.ai.openai',
    'az.ai.inference': 'azure.ai.inference',
    azure_ai: 'azure.ai.inference',
    'azure.ai.inference': 'azure.ai.inference',
    mistral: 'mistral_ai',
    mistralai: 'mistral_ai',
    mistral_ai: 'mistral_ai',
    cohere: 'cohere',
    deepseek: 'deepseek',
    groq: 'groq',
    perplexity: 'perplexity',
    perplexity_ai: 'perplexity',
    alibaba: 'alibaba',
    dashscope: 'alibaba',
    zai: 'zai',
    z_ai: 'zai',
    xai: 'x_ai',
    x_ai: 'x_ai',
    grok: 'x_ai',
    'ibm.watsonx.ai': 'ibm.watsonx.ai',
    watsonx: 'ibm.watsonx.ai',
    moonshot: 'moonshot_ai',
    moonshot_ai: 'moonshot_ai',
    voyage: 'voyage',
    voyageai: 'voyage',
    together: 'together',
    togetherai: 'together',
    together_ai: 'together',
    fireworks: 'fireworks',
    fireworks_ai: 'fireworks',
    cerebras: 'cerebras',
    replicate: 'replicate',
    huggingface: 'huggingface',
    ollama: 'ollama',
    vllm: 'vllm',
    openrouter: 'openrouter',
  }),
);

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

/** Model families by the beginning of their names, for emitters that name no provider. */
const MODEL_FAMILIES: readonly { readonly pattern: RegExp; readonly provider: string }[] = [
  {
    pattern: /^(?:gpt-|o[1-9](?:-|$)|chatgpt-|text-embedding-|dall-e|whisper-|tts-|davinci|babbage|computer-use-preview|codex-)/,
    provider: 'openai',
  },
  { pattern: /^claude-/, provider: 'anthropic' },
  { pattern: /^(?:gemini-|gemma-|text-embedding-00|imagen-|veo-)/, provider: 'gcp.gemini' },
  { pattern: /^(?:mistral-|ministral-|codestral|magistral-|devstral-|pixtral-|open-mi[sx]tral)/, provider: 'mistral_ai' },
  {
    pattern: /^(?:us|eu|apac|global|jp|au)?\.?(?:anthropic|amazon|meta|cohere|ai21|mistral|stability|deepseek)\./,
    provider: 'aws.bedrock',
  },
  { pattern: /^arn:aws[a-z-]*:bedrock:/, provider: 'aws.bedrock' },
  { pattern: /^deepseek-/, provider: 'deepseek' },
  { pattern: /^grok-/, provider: 'x_ai' },
  { pattern: /^(?:command-|embed-english|embed-multilingual|embed-v4|rerank-)/, provider: 'cohere' },
  { pattern: /^sonar(?:-|$)/, provider: 'perplexity' },
  { pattern: /^voyage-/, provider: 'voyage' },
];

const HOSTS: readonly { readonly pattern: RegExp; readonly provider?: string; readonly gateway?: string }[] = [
  { pattern: /(?:^|\.)api\.openai\.com$/, provider: 'openai' },
  { pattern: /\.openai\.azure\.com$/, provider: 'azure.ai.openai' },
  { pattern: /\.(?:services\.ai|models\.ai|inference\.ml)\.azure\.com$/, provider: 'azure.ai.inference' },
  { pattern: /^api\.anthropic\.com$/, provider: 'anthropic' },
  { pattern: /^generativelanguage\.googleapis\.com$/, provider: 'gcp.gemini' },
  { pattern: /aiplatform\.googleapis\.com$/, provider: 'gcp.vertex_ai' },
  { pattern: /^bedrock-runtime\..*amazonaws\.com/, provider: 'aws.bedrock' },
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
}

/** `provider` is '' when nothing on the span tells it. */
export function findBiller(stated: string | undefined, model: string | undefined, host: string | undefined, spanName: string): Biller {
  const spelled = stated === undefined ? undefined : spell(stated);
  const place = host === undefined ? undefined : HOSTS.find(({ pattern }) => pattern.test(host));
  // An SDK that speaks to another provider in OpenAI's words says that it is OpenAI; who is asked sends the bill.
  const provider = place?.provider ?? spelled?.provider ?? CLASSES.get(spanName) ?? providerOfModel(model) ?? '';
  return { provider, gateway: spelled?.gateway ?? place?.gateway };
}

function spell(stated: string): { provider?: string; gateway?: string } {
  const name = stated.trim().toLowerCase();
  const folded = name.replaceAll(/[\s-]+/g, '_');
  if (NO_BILLERS.has(folded)) return { gateway: name };
  const known = SPELLINGS.get(folded) ?? SPELLINGS.get(withoutApi(folded));
  if (known !== undefined) return known === 'openrouter' ? { provider: known, gateway: known } : { provider: known };
  return name === '' ? {} : { provider: name };
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

/** `openai.responses` → `openai`, `google.generative-ai.chat` → `google.generative-ai`. */
function withoutApi(name: string): string {
  const dot = name.lastIndexOf('.');
  return dot < 0 ? name : name.slice(0, dot);
}

/** Gateways name models after their vendors: `openai/gpt-4o-mini`. */
function providerOfModel(model: string | undefined): string | undefined {
  if (model === undefined) return undefined;
  const slash = model.indexOf('/');
  const vendor = slash < 0 ? undefined : SPELLINGS.get(model.slice(0, slash).toLowerCase().replaceAll('-', '_'));
  return vendor ?? MODEL_FAMILIES.find(({ pattern }) => pattern.test(model))?.provider;
}
