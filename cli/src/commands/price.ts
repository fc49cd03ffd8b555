import { formatUsd, inclusiveUsageSchema, toDisjointUsage } from '@tokenledger/model';
import type { Command } from '../command.ts';
import { ConfigError, loadConfig } from '../config.ts';
import { openPrices } from '../prices.ts';

const USAGE =
  'usage: tokenledger price <provider> <model> <usage>=<quantity> …  [tier=flex] [region=…] [at=2026-07-01]\n' +
  'example: tokenledger price openai gpt-5 input_tokens=10000 cache_read_tokens=4000 output_tokens=2000';

export const price: Command = {
  name: 'price',
  summary: 'what a usage costs, line by line',
  async run(args, out) {
    const { config, rest } = loadConfig({ args });
    const [provider, model, ...pairs] = rest;
    if (provider === undefined || model === undefined) throw new ConfigError([USAGE]);
    const { tier, region, at, ...quantities } = Object.fromEntries(pairs.map((pair) => pair.split('=', 2) as [string, string]));
    const inclusive = inclusiveUsageSchema.safeParse(Object.fromEntries(Object.entries(quantities).map(([k, v]) => [k, Number(v)])));
    const time = at === undefined ? Date.now() : Date.parse(at);
    if (!inclusive.success || Number.isNaN(time)) {
      throw new ConfigError([
        inclusive.success ? `at: ${at ?? ''} is no date` : inclusive.error.issues.map((i) => i.message).join('; '),
        USAGE,
      ]);
    }
    const { usage, contradictions } = toDisjointUsage(inclusive.data);
    if (contradictions.length > 0) throw new ConfigError(contradictions);
    const result = openPrices(config).book.price({ provider, model, at: time, serviceTier: tier, region, usage });
    for (const { meter, quantity, unitPriceUsd, amount, priceId, source } of result.charges) {
      out(
        `${meter.padEnd(16)} ${String(quantity).padStart(12)} × ${unitPriceUsd.padEnd(14)} = ${formatUsd(amount).padEnd(16)} ${priceId} (${source})`,
      );
    }
    out(result.cost === null ? `unpriced: ${result.reason}` : `${formatUsd(result.cost)} USD (${result.status})`);
    return result.cost === null ? 1 : 0;
  },
};
