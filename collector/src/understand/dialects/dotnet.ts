import { THINK_BESIDE_OUTPUT } from '../providers.ts';
import { extendOtel } from './otel-genai.ts';

/** Agent Framework for Python passes on what each API says. */
const PYTHON = /^agent_framework/;

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
  profiles: [
    {
      name: 'agent-framework/anthropic',
      scope: PYTHON,
      providers: ['anthropic', 'aws.bedrock'],
      input: 'exclusive',
      output: 'inclusive',
      basis: 'measured',
    },
    {
      name: 'agent-framework/thoughts-beside',
      scope: PYTHON,
      providers: THINK_BESIDE_OUTPUT,
      input: 'inclusive',
      output: 'exclusive',
      basis: 'documented',
    },
    { name: 'dotnet', input: 'inclusive', output: 'inclusive', basis: 'documented' },
  ],
});
