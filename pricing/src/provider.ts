/**
 * Every name a provider goes by → one id. The names are OpenTelemetry's `gen_ai.provider.name` and `gen_ai.system`, old and new,
 * the AI SDK's, LangChain's `ls_provider`, OpenInference's, LiteLLM's prefixes and genai-prices' ids.
 */
const NAMES: Readonly<Record<string, string>> = {
  openai: 'openai openai_chat openai_compatible azure_openai_v1 chatopenai text_completion_openai codex',
  azure:
    'azure azure.ai.openai az.ai.openai azure.ai.inference az.ai.inference azure.openai azure_openai azure_ai azureopenai azurechatopenai ' +
    'azure_ai_openai azure_ai_inference azure_ai_foundry azure_text microsoft.foundry microsoft',
  anthropic: 'anthropic chatanthropic claude claude_code',
  google:
    'google gemini gcp.gemini gcp.gen_ai google.generative_ai google_genai google_ai google_ai_studio google_generative_ai google_gemini gen_ai generativeai ' +
    'google_gla genai googlegenai googleai google_generativeai',
  vertex:
    'vertex vertex_ai vertexai vertex_ai_beta gcp.vertex_ai google.vertex google_vertex google_vertexai google_vertex_ai google_cloud gcp google_anthropic_vertex vertex.anthropic ' +
    'anthropic_vertex vertexanthropic googlevertex vertex_ai_anthropic_models',
  bedrock:
    'bedrock aws.bedrock amazon.bedrock aws amazon amazon_bedrock aws_bedrock bedrock_converse chatbedrock bedrock_runtime amazonbedrock anthropic_bedrock bedrock_responses',
  mistral: 'mistral mistral_ai mistralai',
  cohere: 'cohere cohere_chat cohere_ai',
  groq: 'groq groqcloud',
  deepseek: 'deepseek deepseek_ai',
  xai: 'xai x_ai x.ai grok',
  perplexity: 'perplexity perplexity_ai pplx',
  voyage: 'voyage voyageai voyage_ai',
  together: 'together together_ai togetherai',
  fireworks: 'fireworks fireworks_ai fireworksai',
  openrouter: 'openrouter open_router',
  moonshot: 'moonshot moonshot_ai moonshotai kimi',
  watsonx: 'watsonx ibm.watsonx.ai watsonx_ai watsonx.ai ibm_watsonx ibm',
  zai: 'zai z_ai z.ai',
  zhipu: 'zhipu zhipuai zhipu_ai bigmodel',
  huggingface: 'huggingface hugging_face hf',
  cloudflare: 'cloudflare workers_ai cloudflare_workers_ai workersai',
  github: 'github github_models',
  copilot: 'copilot github_copilot',
  cerebras: 'cerebras cerebras_ai',
  minimax: 'minimax minimax_ai',
  novita: 'novita novita_ai',
  alibaba: 'alibaba dashscope alibaba_cloud qwen',
  ai21: 'ai21 ai21_labs',
};

/** Routers that carry the billing provider in the model id (`anthropic/claude-…`) and bill at its prices. */
const GATEWAYS = new Set(
  'litellm litellm_proxy gateway vercel vercel_ai_gateway ai_gateway portkey helicone cloudflare_ai_gateway langdb llmgateway requesty truefoundry kong bifrost'.split(
    ' ',
  ),
);

const CANONICAL = new Map(Object.entries(NAMES).flatMap(([provider, names]) => names.split(' ').map((name) => [name, provider] as const)));

/** `'Azure AI OpenAI'`, `'openai.chat'`, `'gcp.vertex_ai'` → one id; a name nobody knows is its own provider, so that operators can name theirs. */
export function canonicalProvider(name: string): string {
  return findProvider(name) ?? fold(name);
}

/** The provider a name means, with or without an API behind it (`openai.responses`), or `undefined`. */
export function findProvider(name: string): string | undefined {
  let rest = fold(name);
  for (;;) {
    const known = CANONICAL.get(rest);
    const dot = rest.lastIndexOf('.');
    if (known !== undefined || dot <= 0) return known;
    rest = rest.slice(0, dot);
  }
}

/** The provider a name certainly means, or `undefined`. */
export function knownProvider(name: string): string | undefined {
  return CANONICAL.get(fold(name));
}

const fold = (name: string): string =>
  name
    .trim()
    .toLowerCase()
    .replace(/[\s-]+/g, '_');

export function isGateway(provider: string): boolean {
  return GATEWAYS.has(provider);
}

/** Providers that sell other providers' models at the same list price, and whose they are. */
const RESALE: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries({
    azure: ['openai', 'anthropic', 'xai', 'moonshot'],
    vertex: ['google', 'anthropic'],
    google: ['anthropic'],
  }),
);

/** OpenRouter charges what the one source of these models charges; open weights have many sources with prices of their own. */
const OPENROUTER_SOURCES = new Set(['openai', 'anthropic', 'google', 'xai', 'mistral', 'cohere', 'perplexity']);

/** Models that nobody serves but their makers and who resells them at their price, by names that are theirs alone. */
const MAKERS: readonly { readonly pattern: RegExp; readonly provider: string }[] = [
  { pattern: /^claude-/, provider: 'anthropic' },
  { pattern: /^gemini-/, provider: 'google' },
  { pattern: /^grok-/, provider: 'xai' },
  { pattern: /^sonar(?:-|$)/, provider: 'perplexity' },
  { pattern: /^deepseek-(?:chat|reasoner)$/, provider: 'deepseek' },
];

/** Where to look a model up: at the provider itself, then at those whose list prices it charges. `model`: without route syntax. */
export function priceRoutes(provider: string, model: string): readonly { readonly provider: string; readonly model: string }[] {
  const routes = [provider, ...(RESALE.get(provider) ?? [])].map((route) => ({ provider: route, model }));
  // OpenAI's client at a gateway that tells nothing of itself.
  const maker = provider === 'openai' && MAKERS.find(({ pattern }) => pattern.test(model));
  if (maker) return [...routes, { provider: maker.provider, model }];
  if (provider !== 'openrouter') return routes;
  const [vendor, name] = /^(?:openrouter\/)?([^/]+)\/(.+)$/.exec(model.trim().toLowerCase())?.slice(1) ?? [];
  const source = vendor && knownProvider(vendor);
  return name && source && OPENROUTER_SOURCES.has(source) ? [...routes, { provider: source, model: name }] : routes;
}
