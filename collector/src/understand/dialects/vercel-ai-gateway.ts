import { extendOtel } from './otel-genai.ts';

/*
 * Vercel's AI Gateway, sent from its servers: https://vercel.com/docs/ai-gateway/observability-and-spend/trace-drains. The root knows usage and the
 * cost that is billed; each attempt at a provider is a client span below it. With the customer's own key the provider bills.
 */
const PREFIX = 'vercel.ai_gateway.';

export const vercelAiGateway = extendOtel({
  name: 'vercel-ai-gateway',
  scopes: [],
  markers: ['request.id', 'cost.total', 'attempt.id', 'provider'].map((name) => PREFIX + name),
  facts: {
    responseId: [`${PREFIX}attempt.provider_response_id`],
    serviceTier: [`${PREFIX}service_tier`],
    costUsd: [`${PREFIX}cost.total`],
    costCurrency: [`${PREFIX}cost.currency`],
    user: [`${PREFIX}user.id`],
    environment: [`${PREFIX}environment`],
  },
  operationNames: { retrieval: { role: 'inference', operation: 'rerank' } },
  embedded: ({ attributes }) => ({
    counts: {},
    raw: {},
    facts: { gateway: 'vercel', ...(attributes.has(`${PREFIX}cost.total`) && { costSource: 'provider' }) },
  }),
  profiles: [{ name: 'vercel-ai-gateway', input: 'inclusive', output: 'inclusive', basis: 'documented' }],
});
