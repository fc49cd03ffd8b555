import type { HeaderReader } from '../observed-call.ts';

/** Where Cloudflare's AI Gateway, Helicone and Portkey say whether an answer comes from their own cache (`HIT`, `SEMANTIC HIT`). */
const CACHE_STATUS = ['cf-aig-cache-status', 'helicone-cache', 'x-portkey-cache-status'];

/** Whether a gateway answered by itself: then no provider was asked, and none sends a bill. */
export function isFromCache(header: HeaderReader): boolean {
  return CACHE_STATUS.some((name) => /\bhit$/i.test(header(name)?.trim() ?? ''));
}

/** What LiteLLM's proxy says that an answer cost, USD. Of a stream it does not know yet, and says 0. */
export function costUsdOf(header: HeaderReader): number | undefined {
  const cost = Number(header('x-litellm-response-cost') ?? Number.NaN);
  return cost > 0 && Number.isFinite(cost) ? cost : undefined;
}
