import { existsSync, readFileSync } from 'node:fs';
import { extname } from 'node:path';
import { accrueHistory, diffPriceLists, LAYERS, type ListedCard, type PriceDifference, type PriceList } from '@tokenledger/pricing';
import { readOverrides } from '@tokenledger/pricing/overrides';
import type { Command } from '../command.ts';
import { type Config, ConfigError, type FlagValues, loadConfig } from '../config.ts';
import { openPrices, problemText, publishedLists, readPriceList, writeImportedList } from '../prices.ts';

const FLAGS = {
  provider: { type: 'string' },
  model: { type: 'string' },
  layer: { type: 'string' },
  at: { type: 'string' },
  'known-on': { type: 'string' },
  'list-version': { type: 'string' },
  corrected: { type: 'boolean' },
  'dry-run': { type: 'boolean' },
} as const;

const USAGE = `usage: tokenledger prices
  list [<provider> [<model>]] [--provider P] [--model 'gpt-5*'] [--layer contract|operator|overlay|base] [--at DATE] [--known-on DATE]
  show <provider> <model> [--at DATE] [--known-on DATE]
  import <file> [--known-on DATE] [--list-version V] [--corrected] [--dry-run]
      genai-prices data, a LiteLLM price map or a list of ours → <data-dir>/prices/, which servers read at their start
      --corrected: prices that differ were wrong before; otherwise they changed on the date of --known-on (default: today)
  diff <file> [<other file>]      one file: against the list of its name that is in force
  validate <file>                 overrides (YAML) or a price list (JSON)`;

interface Asked {
  readonly config: Config;
  readonly flags: FlagValues<typeof FLAGS>;
  readonly rest: readonly string[];
  readonly out: (line: string) => void;
}

const ACTIONS: Readonly<Record<string, (asked: Asked) => number>> = { list, show, import: importList, diff, validate };

export const prices: Command = {
  name: 'prices',
  summary: 'the price book: list, show, import, diff, validate; nothing is ever downloaded',
  usage: USAGE,
  async run(args, out) {
    const { config, flags, rest } = loadConfig({ args, flags: FLAGS });
    const [name = '', ...files] = rest;
    const action = Object.hasOwn(ACTIONS, name) ? ACTIONS[name] : undefined;
    if (!action) throw new ConfigError([USAGE]);
    return action({ config, flags, rest: files, out });
  },
};

function list({ config, flags, rest, out }: Asked): number {
  const [provider = flags.provider, model = flags.model] = rest;
  const { layer } = flags;
  const { book } = openPrices(config);
  const known = flags['known-on'] === undefined ? book : book.asKnownOn(timeOf(flags['known-on'], 'known-on'));
  const ofLayer = LAYERS.find((name) => name === layer);
  if (layer !== undefined && ofLayer === undefined) throw new ConfigError([`--layer: must be one of ${LAYERS.join(', ')}`]);
  const cards = known.cards({ provider, model, layer: ofLayer, at: timeOf(flags.at, 'at') });
  for (const card of cards) out(cardLine(card));
  out(`${String(cards.length)} cards`);
  for (const { layer: of, name, version, asOf, cards: count } of known.lists)
    out(`${of.padEnd(9)} ${name} ${version}, as of ${asOf}, ${String(count)} cards`);
  return cards.length > 0 ? 0 : 1;
}

function show({ config, flags, rest, out }: Asked): number {
  const [provider, model] = rest;
  if (provider === undefined || model === undefined) throw new ConfigError([USAGE]);
  const { book } = openPrices(config);
  const known = flags['known-on'] === undefined ? book : book.asKnownOn(timeOf(flags['known-on'], 'known-on'));
  const cards = known.cards({ provider, model, ...(flags.at !== undefined && { at: timeOf(flags.at, 'at') }) });
  for (const card of cards) for (const line of cardLines(card)) out(line);
  if (cards.length > 0) return 0;
  const candidates = known.candidates(provider, model);
  out(`no card for ${model} at ${provider}${candidates.length > 0 ? `; there are ${candidates.join(', ')}` : ''}`);
  return 1;
}

function importList({ config, flags, rest, out }: Asked): number {
  const [file] = rest;
  if (file === undefined) throw new ConfigError([USAGE]);
  const knownOn = flags['known-on'] ?? new Date().toISOString().slice(0, 10);
  timeOf(knownOn, 'known-on');
  const newer = readPriceList(file, { version: flags['list-version'] ?? knownOn, asOf: knownOn });
  const older = publishedLists(config).find(({ name }) => name === newer.name);
  const undated = flags.corrected ? 'corrected' : 'changed';
  const merged = older ? accrueHistory(older, newer, { knownOn, undated }) : newer;
  printDiff(older ?? { ...newer, cards: [] }, merged, out);
  if (flags['dry-run']) return 0;
  out(
    `written to ${writeImportedList(config, merged)}; servers read it at their next start, \`tokenledger reprice\` applies it to the past`,
  );
  return 0;
}

function diff({ config, rest, out }: Asked): number {
  const [file, other] = rest;
  if (file === undefined) throw new ConfigError([USAGE]);
  const first = readPriceList(file);
  if (other !== undefined) return printDiff(first, readPriceList(other), out);
  const inForce = publishedLists(config).find(({ name }) => name === first.name);
  if (!inForce) throw new ConfigError([`there is no list ${first.name} in force`]);
  return printDiff(inForce, first, out);
}

function validate({ rest, out }: Asked): number {
  const [file] = rest;
  if (file === undefined) throw new ConfigError([USAGE]);
  if (extname(file) === '.json') {
    const { name, cards } = readPriceList(file);
    out(`${file}: the list ${name} with ${String(cards.length)} cards`);
    return 0;
  }
  if (!existsSync(file)) throw new ConfigError([`there is no file ${file}`]);
  const result = readOverrides(readFileSync(file, 'utf8'));
  if (!result.ok) throw new ConfigError(result.problems.map(({ line, path, message }) => problemText(file, line, path, message)));
  for (const { layer, cards, rules = [], aliases = [] } of result.lists)
    out(`${file}: ${layer}: ${String(cards.length)} cards, ${String(rules.length)} rules, ${String(aliases.length)} aliases`);
  return 0;
}

function printDiff(before: PriceList, after: PriceList, out: (line: string) => void): number {
  const differences = diffPriceLists(before, after);
  for (const difference of differences) for (const line of differenceLines(difference)) out(line);
  const count = (kind: PriceDifference['kind']) => String(differences.filter((difference) => difference.kind === kind).length);
  out(`${count('added')} added, ${count('changed')} changed, ${count('removed')} removed`);
  return 0;
}

const MARKS: Readonly<Record<PriceDifference['kind'], string>> = { added: '+', removed: '-', changed: '~' };

function differenceLines({ id, kind, rates }: PriceDifference): readonly string[] {
  const changes = rates.map(
    ({ name, validFrom, before = '(none)', after = '(none)' }) =>
      `    ${name}${validFrom === undefined ? '' : ` from ${validFrom}`}: ${before} → ${after}`,
  );
  return [`${MARKS[kind]} ${id}`, ...(kind === 'changed' ? changes : [])];
}

function cardLine({ provider, model, rates, serviceTier, list: of }: ListedCard): string {
  const said = Object.entries(rates).map(([meter, rate]) => `${meter} ${rate}`);
  return `${provider.padEnd(14)} ${`${model}${serviceTier === undefined ? '' : `#${serviceTier}`}`.padEnd(36)} ${said.join(', ')}  (${of})`;
}

function cardLines(card: ListedCard): readonly string[] {
  const { id, layer, list: of, rates, contextTiers = [], validFrom, validTo, knownFrom, serviceTier, regions, assumes, url } = card;
  const facts = {
    tier: serviceTier,
    regions: regions?.join(', '),
    'valid from': validFrom,
    until: validTo,
    'known from': knownFrom,
    assumes,
    url,
  };
  return [
    `${id}  (${layer}: ${of})`,
    ...Object.entries(rates).map(([meter, rate]) => `    ${meter.padEnd(18)} ${rate}`),
    ...contextTiers.flatMap(({ above, from, mode = 'cliff', rates: long }) =>
      Object.entries(long).map(
        ([meter, rate]) =>
          `    ${meter.padEnd(18)} ${rate}  (input ${above === undefined ? `≥ ${String(from)}` : `> ${String(above)}`}, ${mode})`,
      ),
    ),
    ...Object.entries(facts).flatMap(([name, fact]) => (fact === undefined ? [] : [`    ${name}: ${fact}`])),
  ];
}

/** A date or RFC 3339 time → epoch milliseconds; absent: now. */
function timeOf(text: string | undefined, flag: string): number {
  const time = text === undefined ? Date.now() : Date.parse(text);
  if (Number.isNaN(time)) throw new ConfigError([`--${flag}: ${text ?? ''} is no date`]);
  return time;
}
