import type { Usage as MessageUsage } from '@anthropic-ai/sdk/resources/messages';
import type { Usage } from '@tokenledger/model';
import { withoutZeros } from './answer.ts';
import type { Ask, Plan } from './plan.ts';

interface UsageContext {
  readonly cache: Ask['cache'];
  readonly speed: MessageUsage['speed'];
}

export function messageUsage(plan: Plan, { cache, speed }: UsageContext): MessageUsage {
  const { tokens, forced } = plan;
  const written = tokens.cacheWrite;
  return {
    input_tokens: tokens.inputUncached + tokens.audioInput,
    cache_read_input_tokens: tokens.cacheRead,
    cache_creation_input_tokens: written,
    cache_creation: {
      ephemeral_5m_input_tokens: cache === '5m' ? written : 0,
      ephemeral_1h_input_tokens: cache === '1h' ? written : 0,
    },
    output_tokens: tokens.outputText + tokens.reasoning,
    output_tokens_details: { thinking_tokens: tokens.reasoning },
    server_tool_use: plan.webSearches > 0 ? { web_search_requests: plan.webSearches, web_fetch_requests: 0 } : null,
    service_tier: anthropicTier(forced.service_tier),
    inference_geo: 'global',
    speed,
  };
}

/** The bill of a usage object of the Messages API: input excludes the cache, output contains thinking. */
export function billAnthropic(wire: Partial<MessageUsage>): Usage {
  const written = wire.cache_creation_input_tokens ?? 0;
  const fiveMinutes = wire.cache_creation?.ephemeral_5m_input_tokens ?? 0;
  const oneHour = wire.cache_creation?.ephemeral_1h_input_tokens ?? 0;
  const thinking = wire.output_tokens_details?.thinking_tokens ?? 0;
  return withoutZeros({
    input_uncached: wire.input_tokens ?? 0,
    cache_read: wire.cache_read_input_tokens ?? 0,
    cache_write_5m: fiveMinutes,
    cache_write_1h: oneHour,
    cache_write: Math.max(0, written - fiveMinutes - oneHour),
    output_text: (wire.output_tokens ?? 0) - thinking,
    reasoning: thinking,
    web_searches: wire.server_tool_use?.web_search_requests ?? 0,
  });
}

function anthropicTier(forced: string | undefined): MessageUsage['service_tier'] {
  return forced === 'priority' || forced === 'batch' ? forced : 'standard';
}
