import { createPriceBook, type PriceBook } from '@tokenledger/pricing';
import { readOverrides } from '@tokenledger/pricing/overrides';

/** The shipped prices under an operator's. */
export function bookWith(yaml: string): PriceBook {
  const overrides = readOverrides(yaml);
  if (!overrides.ok) throw new TypeError(JSON.stringify(overrides.problems));
  return createPriceBook({ lists: overrides.lists });
}

/** A price book that can be replaced by another. */
export function replaceable(first: PriceBook) {
  let book = first;
  return {
    get current() {
      return book;
    },
    replace: (next: PriceBook) => {
      book = next;
    },
    price: (request: Parameters<PriceBook['price']>[0]) => book.price(request),
    get version() {
      return book.version;
    },
  };
}

export const HALF_PRICE = 'contracts: [{ id: half, provider: openai, discount: 50% }]';
export const ACME_MODEL = 'custom_models: [{ provider: acme, model: legal-7b, rates: { input_uncached: 2/M, output_text: 6/M } }]';
