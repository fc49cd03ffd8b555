import type { PriceList } from '@tokenledger/pricing';
import { readOverrides } from '@tokenledger/pricing/overrides';
import { storyUntil } from './story.ts';

/** What this company knows of prices and no list does, as its `prices_file`. */
export function historyPricesYaml(endMs: number): string {
  return `# Written by the demo: what its company pays, beside the public lists.
contracts:
  - { id: anthropic-contract, provider: anthropic, discount: 15%, from: ${new Date(storyUntil(endMs).priceChangeMs).toISOString().slice(0, 10)} }
custom_models:
  - { provider: acme, model: acme-legal-7b, rates: { input_uncached: 0.2/M, output_text: 0.6/M } }
`;
}

/** @throws Error when the text above is no price list */
export function historyPriceLists(endMs: number): readonly PriceList[] {
  const result = readOverrides(historyPricesYaml(endMs));
  if (result.ok) return result.lists;
  throw new Error(result.problems.map(({ message }) => message).join('\n'));
}
