import base from '../data/base.json' with { type: 'json' };
import overlay from '../data/overlay.json' with { type: 'json' };
import type { PriceList } from './rate-card.ts';

/** The lists Tokenledger ships: written by `scripts/build-price-lists.ts`, checked by its test. */
export function builtInPriceLists(): readonly PriceList[] {
  return [overlay as unknown as PriceList, base as unknown as PriceList];
}
