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
  usage: USAGE,
  async run(args, out) {
    const { config, rest } = loadConfig({ args });
    const [provider, model, ...pairs] = rest;
    if (provider === undefined || model === undefined || pairs.length === 0) throw new ConfigError([USAGE]);
    const { tier, region, at, ...quantities } = Object.fromEntries(pairs.map((pair) => pair.split('=', 2) as [string, string]));
    const time = at === undefined ? Date.now() : Date.parse(at);
    if (Number.isNaN(time)) throw new ConfigError([`at: ${at ?? ''} is no date`]);
    const inclusive = inclusiveUsageSchema.safeParse(Object.fromEntries(Object.entries(quantities).map(([k, v]) => [k, Number(v)])));
    if (!inclusive.success) throw new ConfigError([problemOf(quantities)]);
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

const KNOWN = Object.keys(inclusiveUsageSchema.shape);

function problemOf(quantities: Readonly<Record<string, string>>): string {
  const problems = Object.entries(quantities).flatMap(([name, text]) => {
    if (!KNOWN.includes(name)) return [`${name}: there is no such usage; there are ${KNOWN.join(', ')}`];
    return inclusiveUsageSchema.safeParse({ [name]: Number(text) }).success ? [] : [`${name}: ${text} is no count`];
  });
  return problems.join('\n');
}
