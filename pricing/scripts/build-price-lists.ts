/**
 * Writes what the price book loads: `data/base.json` from genai-prices, `data/overlay.json` from `data/overlay/*.yaml`.
 * Run it after upgrading the package or editing the overlay: `node pricing/scripts/build-price-lists.ts`.
 */
import { writeFileSync } from 'node:fs';
import { priceListText } from '../src/price-list-text.ts';
import { readBaseList, readOverlayList } from './price-lists.ts';

const data = new URL('../data/', import.meta.url);
writeFileSync(new URL('base.json', data), priceListText(await readBaseList()));
writeFileSync(new URL('overlay.json', data), priceListText(readOverlayList()));
