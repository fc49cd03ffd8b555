import { METERS, meterFacts, type Meter } from '@tokenledger/model/meter';
import { matchesAny } from './pattern.ts';
import type { Listed } from './price-index.ts';
import type { ContextTier, RateCard, RateRule, RuleKind } from './rate-card.ts';
import { formatRate, multiplyRates, parseRate, toPicoUsd, type Rate } from './rate.ts';

/** One meter's price, ready to multiply: pico-USD per unit as a fraction. */
export interface MeterRate {
  readonly numerator: bigint;
  readonly denominator: bigint;
  readonly unitPriceUsd: string;
  readonly priceId: string;
  readonly source: string;
  readonly minimum?: number | undefined;
  readonly isContract: boolean;
  /** What the price takes for granted, if it does. */
  readonly assumes?: string | undefined;
  /** What it was made of, for whoever asks. */
  readonly card: RateCard;
  readonly rules: readonly RateRule[];
}

export type MeterRates = Readonly<Partial<Record<Meter, MeterRate>>>;

/** What a call costs under fixed conditions: flat rates, and those that hold from a size of input on. */
export interface RateTable {
  readonly rates: MeterRates;
  /** Ascending. The last step whose boundary the total input reaches replaces all rates. */
  readonly cliffs: readonly RateStep[];
  /** Ascending. Only what lies beyond the boundary is charged at these rates. */
  readonly margins: readonly RateStep[];
}

export interface RateStep {
  /** The first size that belongs to the step. */
  readonly from: number;
  readonly rates: MeterRates;
}

/** Everything a price may depend on, besides time. */
export interface Conditions {
  readonly provider: string;
  /** The canonical model. */
  readonly model: string;
  /** The id by which it was found. */
  readonly id: string;
  readonly serviceTier: string;
  readonly region?: string | undefined;
  readonly account?: string | undefined;
}

/**
 * `cards` and `rules`: those in force, in order of precedence, for this model, region and account. `ownRoute`: the cards are the
 * provider's own; a reseller charges the same for tokens, but has its own fees for searches and sessions.
 */
export function compileRateTable(
  cards: readonly Listed<RateCard>[],
  rules: readonly Listed<RateRule>[],
  conditions: Conditions,
  ownRoute: boolean,
): RateTable {
  const tiers = cards.flatMap(({ item }) => item.contextTiers ?? []);
  const meters = ownRoute ? METERS : METERS.filter((meter) => !isFee(meter));
  const at = (size: number, mode: 'cliff' | 'marginal'): MeterRates => compileRates({ cards, rules, conditions, size, mode }, meters);
  const steps = (mode: 'cliff' | 'marginal'): RateStep[] =>
    [...new Set(tiers.filter((tier) => (tier.mode ?? 'cliff') === mode).map(firstSize))]
      .sort((a, b) => a - b)
      .map((from) => ({ from, rates: at(from, mode) }));
  return { rates: at(0, 'cliff'), cliffs: steps('cliff'), margins: steps('marginal') };
}

function firstSize(tier: ContextTier): number {
  return tier.from ?? (tier.above ?? 0) + 1;
}

interface Lookup {
  readonly cards: readonly Listed<RateCard>[];
  readonly rules: readonly Listed<RateRule>[];
  readonly conditions: Conditions;
  readonly size: number;
  readonly mode: 'cliff' | 'marginal';
}

function compileRates(lookup: Lookup, meters: readonly Meter[]): MeterRates {
  const rates: Partial<Record<Meter, MeterRate>> = {};
  for (const meter of meters) {
    const found = findRate(lookup, meter, 0);
    if (found) rates[meter] = finish(lookup, meter, found);
  }
  return rates;
}

/** A rate on its way through the rules, with what it was made of. */
interface Found {
  readonly usd: Rate;
  readonly card: Listed<RateCard>;
  readonly rules: readonly Listed<RateRule>[];
  readonly assumes: string | undefined;
}

/** Meters that cost the same as another where no list says otherwise, whoever the provider is. */
const SAME_PRICE: Readonly<Partial<Record<Meter, { of: Meter; assumes?: string }>>> = {
  reasoning: { of: 'output_text' },
  cache_write_5m: { of: 'cache_write' },
  cache_write: { of: 'cache_write_5m', assumes: 'cache writes live five minutes' },
};

/** Fees per search, session or request do not change with the service tier. */
function isFee(meter: Meter): boolean {
  return meterFacts(meter).unit === 'request';
}

const MAX_DERIVATIONS = 3;

function findRate(lookup: Lookup, meter: Meter, depth: number): Found | undefined {
  const { serviceTier } = lookup.conditions;
  const own = serviceTier === 'standard' ? listedRate(lookup, meter, undefined) : tierRate(lookup, meter, serviceTier);
  if (own || depth === MAX_DERIVATIONS) return own;
  const same = SAME_PRICE[meter];
  const twin = same && findRate(lookup, same.of, MAX_DERIVATIONS);
  if (twin) return { ...twin, assumes: twin.assumes ?? same.assumes };
  for (const rule of lookup.rules) {
    if (rule.item.kind !== 'derived' || rule.item.of === undefined || !coversMeter(rule.item, meter)) continue;
    const base = findRate(lookup, rule.item.of, depth + 1);
    if (base) return applyRule(base, rule);
  }
  return undefined;
}

/** A price listed for the tier itself, else the standard price by the tier's rule; fees are the same in every tier. */
function tierRate(lookup: Lookup, meter: Meter, serviceTier: string): Found | undefined {
  const listed = listedRate(lookup, meter, serviceTier);
  if (listed) return listed;
  const standard = listedRate(lookup, meter, undefined);
  if (!standard || isFee(meter)) return standard;
  const rule = firstRule(lookup, 'service_tier', meter);
  return rule && applyRule(standard, rule);
}

function listedRate(lookup: Lookup, meter: Meter, serviceTier: string | undefined): Found | undefined {
  for (const card of lookup.cards) {
    if (card.item.serviceTier !== serviceTier) continue;
    const text = cardRate(card.item, meter, lookup);
    const usd = text === undefined ? undefined : parseRate(text);
    if (usd) return { usd, card, rules: [], assumes: card.item.assumes };
    if (card.item.complete) return undefined;
  }
  return undefined;
}

function cardRate(card: RateCard, meter: Meter, { size, mode }: Lookup): string | undefined {
  let text = card.rates[meter];
  let reached = 0;
  for (const tier of card.contextTiers ?? []) {
    const from = firstSize(tier);
    const tierText = tier.rates[meter];
    if ((tier.mode ?? 'cliff') === mode && tierText !== undefined && size >= from && from >= reached) [text, reached] = [tierText, from];
  }
  return text ?? (card.free && meterFacts(meter).unit === 'token' ? '0' : undefined);
}

/** The regional premium, unless the card is for the region already, then the discount, unless the price is negotiated already. */
function finish(lookup: Lookup, meter: Meter, found: Found): MeterRate {
  const { card } = found;
  const premium = card.item.regions ? undefined : firstRule(lookup, 'region', meter);
  const regional = premium ? applyRule(found, premium) : found;
  const discount = card.layer === 'contract' ? undefined : firstRule(lookup, 'discount', meter);
  const { usd, rules, assumes } = discount ? applyRule(regional, discount) : regional;
  const { numerator, denominator } = toPicoUsd(usd);
  return {
    numerator,
    denominator,
    unitPriceUsd: formatRate(usd),
    priceId: [cardName(card.item), ...rules.map(({ item }) => item.id)].join(' * '),
    source: [...new Set([card.source, ...rules.map(({ source }) => source)])].join(' + '),
    minimum: card.item.minimums?.[meter],
    isContract: card.layer === 'contract' || rules.some(({ layer }) => layer === 'contract'),
    assumes,
    card: card.item,
    rules: rules.map(({ item }) => item),
  };
}

function applyRule(found: Found, rule: Listed<RateRule>): Found {
  const factor = parseRate(rule.item.multiply);
  if (!factor) return found;
  return { ...found, usd: multiplyRates(found.usd, factor), rules: [...found.rules, rule], assumes: found.assumes ?? rule.item.assumes };
}

function firstRule(lookup: Lookup, kind: RuleKind, meter: Meter): Listed<RateRule> | undefined {
  return lookup.rules.find(({ item }) => item.kind === kind && coversMeter(item, meter));
}

function coversMeter(rule: RateRule, meter: Meter): boolean {
  if (!rule.meters) return rule.kind === 'discount' || meterFacts(meter).unit === 'token';
  return rule.meters.includes(meter) || rule.meters.includes('*');
}

/** Whether a rule is for these conditions, whatever the meter. */
export function ruleApplies(rule: RateRule, conditions: Conditions): boolean {
  return (
    (rule.providers === undefined || rule.providers.includes(conditions.provider)) &&
    (rule.serviceTiers === undefined ? rule.kind !== 'service_tier' : rule.serviceTiers.includes(conditions.serviceTier)) &&
    (rule.accounts === undefined || matchesAny(rule.accounts, conditions.account)) &&
    (rule.regions === undefined || matchesAny(rule.regions, conditions.region)) &&
    (rule.models === undefined || namesModel(rule.models, conditions)) &&
    (rule.exceptModels === undefined || !namesModel(rule.exceptModels, conditions))
  );
}

function namesModel(patterns: readonly string[], { model, id }: Conditions): boolean {
  return matchesAny(patterns, model) || matchesAny(patterns, id);
}

export function cardApplies(card: RateCard, conditions: Conditions): boolean {
  return (
    (card.onlyIds === undefined || card.onlyIds.includes(conditions.id)) &&
    (card.serviceTier === undefined || card.serviceTier === conditions.serviceTier) &&
    (card.accounts === undefined || matchesAny(card.accounts, conditions.account)) &&
    (card.regions === undefined || matchesAny(card.regions, conditions.region))
  );
}

function cardName(card: RateCard): string {
  return card.validFrom ? `${card.id}@${card.validFrom.slice(0, 10)}` : card.id;
}
