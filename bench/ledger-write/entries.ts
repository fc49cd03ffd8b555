import { randomBytes } from 'node:crypto';
import { formatUsd, type LedgerEntry } from '@tokenledger/model';

/** Realistic and seeded: 40 services with their team, feature and model; 5,000 users; traces of one to four calls; an hour of time. */
export function entriesOf(insert: number, rows: number): readonly LedgerEntry[] {
  const random = mulberry32(insert + 1);
  const upTo = (limit: number) => Math.floor(random() * limit);
  const start = Math.floor(Date.now() / 3_600_000) * 3_600_000 - 3_600_000;
  let traceId = '';
  return Array.from({ length: rows }, (_, row): LedgerEntry => {
    if (row === 0 || random() < 0.4) traceId = randomBytes(16).toString('hex');
    const service = upTo(40);
    const input = 200 + upTo(8_000);
    const usage = { input_uncached: input, cache_read: upTo(2) * upTo(20_000), output_text: 20 + upTo(900) };
    const prices = { input_uncached: 2_500_000n, cache_read: 1_250_000n, output_text: 10_000_000n };
    const charges = (['input_uncached', 'cache_read', 'output_text'] as const).map((meter) => ({
      meter,
      quantity: usage[meter],
      unitPriceUsd: formatUsd(prices[meter]),
      amount: prices[meter] * BigInt(usage[meter]),
      priceId: `openai/gpt-4o/${meter}`,
      source: 'genai-prices@0.1.8',
    }));
    const cost = charges.reduce((sum, { amount }) => sum + amount, 0n);
    const rawUsage = { 'gen_ai.usage.input_tokens': input, 'gen_ai.usage.output_tokens': usage.output_text };
    const call = {
      traceId,
      spanId: randomBytes(8).toString('hex'),
      parentSpanId: randomBytes(8).toString('hex'),
      name: 'chat gpt-4o',
      timeMs: start + Math.floor((row / rows) * 3_600_000),
      durationMs: Math.exp(random() * 4 + 5),
      ttftMs: Math.exp(random() * 2 + 5),
      status: 'ok',
      service: `service-${service}`,
      environment: service % 5 ? 'production' : 'staging',
      team: `team-${service % 8}`,
      feature: `feature-${service % 20}`,
      customer: `customer-${upTo(200)}`,
      user: `user-${upTo(5_000)}`,
      session: `session-${upTo(20_000)}`,
      provider: 'openai',
      operation: 'chat',
      requestModel: 'gpt-4o',
      model: 'gpt-4o-2024-08-06',
      responseId: `chatcmpl-${randomBytes(14).toString('base64url')}`,
      finishReasons: ['stop'],
      usage,
      charges,
      cost,
      priceStatus: 'exact',
      billable: true,
      estimated: false,
      semantics: { profile: 'opentelemetry-js/openai', confidence: 'certain', flags: [] },
      rawUsage,
      evidence: JSON.stringify({
        dialect: 'otel',
        scope: '@opentelemetry/instrumentation-openai',
        usage: rawUsage,
        total: input + usage.output_text,
      }),
    } as const satisfies LedgerEntry['call'];
    return {
      tenant: 'default',
      version: 0,
      reason: 'call',
      call,
      delta: { calls: 1, unpricedCalls: 0, requests: 1, errors: 0, usage, charges, cost },
    };
  });
}

/** https://github.com/bryc/code/blob/master/jshash/PRNGs.md#mulberry32 */
function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
