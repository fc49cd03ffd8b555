/**
 * Writes what the price book loads: `data/base.json` from the installed genai-prices package, `data/overlay.json` from
 * `data/overlay/*.yaml`. Run it after upgrading the package or editing the overlay: `node pricing/scripts/build-price-lists.ts`.
 */
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { waitForUpdate } from '@pydantic/genai-prices';
import { parse } from 'yaml';
import { fromGenaiPrices, type GenaiProvider } from '../src/genai-prices.ts';
import { priceListText } from '../src/price-list-text.ts';
import type { PriceList } from '../src/rate-card.ts';

const data = new URL('../data/', import.meta.url);

const providers = (await waitForUpdate()) as readonly GenaiProvider[];
writeFileSync(new URL('base.json', data), priceListText(fromGenaiPrices(providers, { version: '0.1.8', asOf: '2026-09-23' })));

const files = readdirSync(new URL('overlay/', data))
  .filter((file) => file.endsWith('.yaml'))
  .sort();
const parts = files.map((file) => parse(readFileSync(new URL(`overlay/${file}`, data), 'utf8')) as Partial<PriceList>);
writeFileSync(
  new URL('overlay.json', data),
  priceListText({
    layer: 'overlay',
    name: 'overlay',
    version: '2026-11-23',
    asOf: '2026-11-23',
    rules: parts.flatMap(({ rules }) => rules ?? []),
    aliases: parts.flatMap(({ aliases }) => aliases ?? []),
    cards: parts.flatMap(({ cards }) => cards ?? []),
  }),
);
