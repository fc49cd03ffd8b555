import { extendOtel } from './otel-genai.ts';

/* Microsoft.Extensions.AI, Semantic Kernel, Agent Framework, OpenAI and Azure AI Inference for .NET, and Azure's SDKs of other languages. Older ones put usage under gen_ai.response.* */
export const dotnet = extendOtel({
  name: 'dotnet',
  scopes: [
    /^(?:Experimental\.)?Microsoft\.(?:Extensions\.AI|SemanticKernel|Agents)/,
    /^(?:Experimental\.)?OpenAI\./,
    /^(?:Experimental\.)?Azure\.AI\./,
    /^azure\.ai\./i,
    /^agent_framework/,
    /^semantic_kernel/,
  ],
  profiles: [{ name: 'dotnet', input: 'inclusive', output: 'inclusive', basis: 'documented' }],
});
