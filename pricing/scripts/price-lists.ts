import { readFileSync, readdirSync } from 'node:fs';
import { waitForUpdate } from '@pydantic/genai-prices';
import { parse } from 'yaml';
import { accrueHistory } from '../src/accrue-history.ts';
import { fromGenaiPrices, type GenaiProvider } from '../src/genai-prices.ts';
import { priceListSchema } from '../src/overrides/price-list-schema.ts';
import type { PriceList } from '../src/rate-card.ts';

const data = new URL('../data/', import.meta.url);

/** The npm package's versions and when they were released. A new one is added here when the package is upgraded. */
const RELEASED: Readonly<Record<string, string>> = { '0.1.8': '2026-09-23' };

/** Lists read from upstream where npm has no release of them, in the order they became known, as `tokenledger prices import` would. */
const IMPORTED = [{ file: 'genai-prices-0.2.3.json', knownOn: '2026-11-23' }];

/** genai-prices as installed, and what later became known of it. Since 0.1.9 upstream dates its changes, so that others are corrections. */
export async function readBaseList(): Promise<PriceList> {
  const packageFile = new URL('../package.json', import.meta.resolve('@pydantic/genai-prices'));
  const { version } = JSON.parse(readFileSync(packageFile, 'utf8')) as { version: string };
  const asOf = RELEASED[version];
  if (!asOf) throw new Error(`genai-prices ${version} has no release date in ${import.meta.filename}`);
  const providers = (await waitForUpdate()) as readonly GenaiProvider[];
  let list = fromGenaiPrices(providers, { version, asOf });
  for (const { file, knownOn } of IMPORTED) {
    const next = JSON.parse(readFileSync(new URL(file, data), 'utf8')) as PriceList;
    list = accrueHistory(list, next, { knownOn, undated: 'corrected' });
  }
  return list;
}

/** The project's own cards and rules: all files of `data/overlay`, checked. */
export function readOverlayList(): PriceList {
  const folder = new URL('overlay/', data);
  const parts = readdirSync(folder)
    .filter((file) => file.endsWith('.yaml'))
    .sort()
    .map((file) => parse(readFileSync(new URL(file, folder), 'utf8')) as Partial<PriceList>);
  const asOf = '2026-11-26';
  const list: PriceList = {
    layer: 'overlay',
    name: 'overlay',
    version: asOf,
    asOf,
    rules: parts.flatMap(({ rules }) => rules ?? []),
    aliases: parts.flatMap(({ aliases }) => aliases ?? []),
    cards: parts.flatMap(({ cards }) => cards ?? []),
  };
  return priceListSchema.parse(list);
}
