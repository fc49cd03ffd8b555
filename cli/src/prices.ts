import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  builtInPriceLists,
  createLivePriceBook,
  type LivePriceBook,
  type PriceBookOptions,
  type PriceList,
  priceListText,
} from '@tokenledger/pricing';
import {
  importPriceList,
  overrideHistory,
  overridesSchema,
  type Overrides,
  parseOverrides,
  readOverrides,
} from '@tokenledger/pricing/overrides';
import { type Config, ConfigError } from './config.ts';
import { type Edition, readEditions, withEdition, writeEditions } from './override-editions.ts';

/** The price book of a process, and what the admin API may do to it. */
export interface Prices {
  readonly book: LivePriceBook;
  readonly overrides: {
    current(): { readonly knownFrom?: string | undefined; readonly overrides: Overrides };
    replace(overrides: Overrides): Promise<void>;
  };
}

/**
 * Every price there is: `prices_file` and what the admin API was told, over the lists that were imported, over those that ship.
 * @throws ConfigError with every problem of a file
 */
export function openPrices(config: Config): Prices {
  const path = join(config.data_dir, 'price-overrides.json');
  const ofFile = config.prices_file === undefined ? [] : readOverridesFile(config.prices_file);
  const builtIn = publishedLists(config);
  let editions = readEditions(path);
  const options = (): PriceBookOptions => ({ builtIn, lists: [...ofFile, ...listsOf(editions)] });
  const book = createLivePriceBook(options());
  return {
    book,
    overrides: {
      current() {
        const last = editions.at(-1);
        return { knownFrom: last?.knownFrom, overrides: last?.overrides ?? overridesSchema.parse({}) };
      },
      async replace(overrides) {
        const next = withEdition(editions, overrides, Date.now());
        writeEditions(path, next);
        editions = next;
        book.replace(options());
      },
    },
  };
}

function listsOf(editions: readonly Edition[]): readonly PriceList[] {
  const parsed = editions.map(({ knownFrom, overrides }) => ({ knownFrom, ...parseOverrides(overrides) }));
  return overrideHistory(
    parsed.flatMap((edition) => (edition.ok ? [edition] : [])),
    '-api',
  );
}

function readOverridesFile(path: string): readonly PriceList[] {
  if (!existsSync(path)) throw new ConfigError([`prices_file: there is no file ${path}`]);
  const result = readOverrides(readFileSync(path, 'utf8'));
  if (result.ok) return result.lists;
  throw new ConfigError(result.problems.map(({ path: place, message, line }) => problemText(path, line, place, message)));
}

export function problemText(file: string, line: number | undefined, place: string, message: string): string {
  return `${file}${line === undefined ? '' : `:${String(line)}`}: ${place === '' ? '' : `${place}: `}${message}`;
}

/** The lists that ship; one that was imported takes the place of the one of its name. */
export function publishedLists(config: Config): readonly PriceList[] {
  const imported = readImportedLists(config);
  const shipped = builtInPriceLists().filter(({ name }) => !imported.some((list) => list.name === name));
  return [...shipped, ...imported];
}

const importedFolder = (config: Config) => join(config.data_dir, 'prices');

function readImportedLists(config: Config): readonly PriceList[] {
  const folder = importedFolder(config);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((file) => file.endsWith('.json'))
    .toSorted()
    .map((file) => readPriceList(join(folder, file)));
}

/** @throws ConfigError */
export function readPriceList(path: string, { version, asOf } = { version: '', asOf: '' }): PriceList {
  if (!existsSync(path)) throw new ConfigError([`there is no file ${path}`]);
  const result = importPriceList(readFileSync(path, 'utf8'), { version, asOf });
  if (!result.ok) throw new ConfigError([`${path}: ${result.problem}`]);
  return result.list;
}

/** Where servers find it at their next start. @returns the file's path */
export function writeImportedList(config: Config, list: PriceList): string {
  const name = list.name.replaceAll(/[^\w.-]/g, '_');
  const folder = importedFolder(config);
  const path = join(folder, `${name}.json`);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeFileSync(`${path}.new`, priceListText(list), { flush: true });
  renameSync(`${path}.new`, path);
  return path;
}
