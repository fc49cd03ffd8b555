/**
 * Prices per CPU-second on one core for a mixed load, and what the price book costs to start.
 *
 *     node bench/pricing.ts [prices]
 *
 * CPU time, not wall time, so that a busy machine gives the same numbers. The load mixes providers, tiers, context tiers, Bedrock
 * ids, hours of the day, unknown models and names seen for the first time.
 */
import type { PriceRequest } from '@tokenledger/model';

const cpuMs = (since?: NodeJS.CpuUsage): number => {
  const { user, system } = process.cpuUsage(since);
  return (user + system) / 1_000;
};

const beforeImport = process.cpuUsage();
const { createPriceBook } = await import('@tokenledger/pricing');
const importMs = cpuMs(beforeImport);
const beforeCreate = process.cpuUsage();
const book = createPriceBook();
const createMs = cpuMs(beforeCreate);

const at = Date.parse('2026-07-01T12:00:00Z');
const requests: readonly Omit<PriceRequest, 'at'>[] = [
  {
    provider: 'openai',
    model: 'gpt-5-2025-08-07',
    serviceTier: 'default',
    usage: { input_uncached: 1_234, cache_read: 4_000, output_text: 210, reasoning: 900 },
  },
  {
    provider: 'anthropic',
    model: 'claude-sonnet-4-5-20250929',
    usage: { input_uncached: 12, cache_read: 128_955, cache_write_5m: 1_253, output_text: 400 },
  },
  {
    provider: 'gcp.gemini',
    model: 'models/gemini-2.5-flash',
    usage: { input_uncached: 5_000, audio_input: 800, output_text: 300, reasoning: 200 },
  },
  { provider: 'aws.bedrock', model: 'us.anthropic.claude-sonnet-4-5-20250929-v1:0', usage: { input_uncached: 5_000, output_text: 300 } },
  { provider: 'openai', model: 'gpt-5', serviceTier: 'priority', usage: { input_uncached: 5_000, output_text: 300, web_searches: 1 } },
  { provider: 'azure.ai.openai', model: 'acme-prod-chat', usage: { input_uncached: 5_000, output_text: 300 } },
  { provider: 'deepseek', model: 'deepseek-v4-flash', usage: { input_uncached: 5_000, cache_read: 300, output_text: 300 } },
  { provider: 'groq', model: 'whisper-large-v3-turbo', usage: { audio_seconds: 12.5 } },
  { provider: 'openai', model: 'text-embedding-3-small', usage: { input_uncached: 5_000 } },
  { provider: 'openai', model: 'gpt-5.4', usage: { input_uncached: 300_000, output_text: 300 } },
];

function run(prices: number): { perSecond: number; costs: bigint } {
  let costs = 0n;
  const before = process.cpuUsage();
  for (let i = 0; i < prices; i++) {
    const request = requests[i % requests.length];
    if (!request) continue;
    // One in a thousand names was never seen before.
    const model = i % 1_000 === 5 ? `acme-deployment-${i}` : request.model;
    costs += book.price({ ...request, model, at: at + i * 1_000 }).cost ?? 0n;
  }
  return { perSecond: prices / (cpuMs(before) / 1_000), costs };
}

const prices = Number(process.argv[2] ?? 1_000_000);
run(prices / 10);
const { perSecond } = run(prices);
console.log(`start: import ${importMs.toFixed(0)} ms (unbuilt TypeScript), create ${createMs.toFixed(1)} ms CPU`);
console.log(`prices: ${Math.round(perSecond).toLocaleString('en')} per CPU-second over ${prices.toLocaleString('en')}`);
if (perSecond < 500_000) {
  console.error('below 500,000 prices per second');
  process.exitCode = 1;
}
