import { regionName, regionOfHost } from '@tokenledger/model/region-of-host';

/** Known addresses: the end of a host name → `gen_ai.provider.name`. */
const HOSTS: Readonly<Record<string, string>> = {
  'api.openai.com': 'openai',
  'openai.azure.com': 'azure.ai.openai',
  'openai.azure.us': 'azure.ai.openai',
  'openai.azure.cn': 'azure.ai.openai',
  'cognitiveservices.azure.com': 'azure.ai.openai',
  'services.ai.azure.com': 'azure.ai.inference',
  'models.ai.azure.com': 'azure.ai.inference',
  'api.anthropic.com': 'anthropic',
  'generativelanguage.googleapis.com': 'gcp.gemini',
  'api.mistral.ai': 'mistral_ai',
  'codestral.mistral.ai': 'mistral_ai',
  'api.cohere.com': 'cohere',
  'api.cohere.ai': 'cohere',
  'api.groq.com': 'groq',
  'api.together.xyz': 'together',
  'api.together.ai': 'together',
  'api.x.ai': 'x_ai',
  'api.deepseek.com': 'deepseek',
  'api.perplexity.ai': 'perplexity',
  'openrouter.ai': 'openrouter',
  'ai-gateway.vercel.sh': 'vercel',
  'ollama.com': 'ollama',
  'api.voyageai.com': 'voyageai',
  'router.huggingface.co': 'huggingface',
  'api-inference.huggingface.co': 'huggingface',
  'api.replicate.com': 'replicate',
  'api.fireworks.ai': 'fireworks',
  'api.cerebras.ai': 'cerebras',
  'api.moonshot.ai': 'moonshot_ai',
  'api.moonshot.cn': 'moonshot_ai',
  'api.z.ai': 'zai',
  'open.bigmodel.cn': 'zhipu',
  'dashscope.aliyuncs.com': 'alibaba',
  'dashscope-intl.aliyuncs.com': 'alibaba',
  'dashscope-us.aliyuncs.com': 'alibaba',
  'api.minimax.io': 'minimax',
  'api.minimaxi.com': 'minimax',
  'api.minimax.chat': 'minimax',
  'api.ai21.com': 'ai21',
  'api.deepinfra.com': 'deepinfra',
  'api.novita.ai': 'novita',
  'api.sambanova.ai': 'sambanova',
  'integrate.api.nvidia.com': 'nvidia',
  'inference.baseten.co': 'baseten',
  'api.avian.io': 'avian',
  'api.arcee.ai': 'arcee',
  'api.cloudflare.com': 'cloudflare',
  'api.githubcopilot.com': 'copilot',
  'models.github.ai': 'github',
  'models.inference.ai.azure.com': 'github',
  'endpoints.kepler.ai.cloud.ovh.net': 'ovhcloud',
  'cloud.databricks.com': 'databricks',
  'gcp.databricks.com': 'databricks',
  'azuredatabricks.net': 'databricks',
};

/** Addresses with a region in them. */
const REGIONAL: readonly (readonly [RegExp, string])[] = [
  [/^(?:[\w-]+-)?aiplatform(?:\.[\w-]+\.rep)?\.googleapis\.com$/, 'gcp.vertex_ai'],
  [/^(?:[\w-]+\.)?bedrock-runtime[\w.-]*\.amazonaws\.com(?:\.cn)?$/, 'aws.bedrock'],
  [/^bedrock-(?:runtime|mantle)[\w-]*\.[\w-]+\.api\.aws$/, 'aws.bedrock'],
];

/** The provider at a host, or `undefined` when nobody is known there. */
export function providerOfHost(hostname: string): string | undefined {
  for (let start = 0; start !== -1; start = nextLabel(hostname, start)) {
    const suffix = hostname.slice(start);
    if (Object.hasOwn(HOSTS, suffix)) return HOSTS[suffix];
  }
  return REGIONAL.find(([pattern]) => pattern.test(hostname))?.[1];
}

function nextLabel(hostname: string, start: number): number {
  const dot = hostname.indexOf('.', start);
  return dot === -1 ? -1 : dot + 1;
}

/** Where an address names a region: it may change the price. */
export function regionOfUrl({ hostname, pathname }: URL): string | undefined {
  const location = /\/locations\/([\w-]+)\//.exec(pathname)?.[1];
  return regionOfHost(hostname) ?? (location === undefined ? undefined : regionName(location));
}
