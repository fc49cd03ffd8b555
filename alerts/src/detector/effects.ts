/** What was used and paid of one meter of one model, for one feature. */
export interface Part {
  readonly feature: string;
  readonly model: string;
  readonly meter: string;
  readonly quantity: number;
  readonly cost: number;
}

export interface Spent {
  readonly calls: number;
  readonly cost: number;
  readonly parts: readonly Part[];
  readonly callsByFeature: ReadonlyMap<string, number>;
}

/** What each factor added to the cost; together exactly `actual - expected`. */
export interface Effects {
  /** More requests. */
  readonly requests: number;
  /** More input, output or reasoning tokens per request. */
  readonly input: number;
  readonly output: number;
  readonly reasoning: number;
  /** Other meters per request: images, seconds, searches. */
  readonly other: number;
  /** Less of the input from the cache. */
  readonly cache: number;
  /** More expensive models. */
  readonly model: number;
  /** The same models and meters at other prices. */
  readonly price: number;
}

type Class = 'input' | 'output' | 'reasoning' | 'other';
const CLASSES: readonly Class[] = ['input', 'output', 'reasoning', 'other'];
const INPUT = /^(input|cache|audio_input|audio_cache|image_input|image_cache)/;
const OUTPUT = /^(output|audio_output|image_output)/;

const classOf = (meter: string): Class =>
  meter === 'reasoning' ? 'reasoning' : INPUT.test(meter) ? 'input' : OUTPUT.test(meter) ? 'output' : 'other';
const isCached = (meter: string) => meter.includes('cache_read');

/** Parts are averages of what was paid: their last digits are no new price. */
const SAME_PRICE = 0.02;
const NEXT_TO_NOTHING = 1e-9;

/**
 * Why does a window cost more than expected? For each class of meters cost = requests × quantity/request × cost/quantity, split by
 * logarithmic means (LMDI-I; Ang 2005), which leaves no remainder; cost/quantity is split further into price (Paasche's index over
 * the parts that both have), cache and model. `usual` is an ordinary stretch of the series; only its proportions count, its size is
 * taken from `expected`.
 * @returns undefined where one side has no requests or cost
 */
export function effectsOf(now: Spent, usual: Spent, expected: number): Effects | undefined {
  if ([now.calls, now.cost, usual.calls, usual.cost, expected].some((each) => !(each > 0))) return undefined;
  const scale = expected / usual.cost;
  const more = Math.log(now.calls / (usual.calls * scale));
  const effects = { requests: 0, input: 0, output: 0, reasoning: 0, other: 0, cache: 0, model: 0, price: 0 };
  let explained = 0;
  for (const name of CLASSES) {
    const [present, before] = [ofClass(now.parts, name), ofClass(usual.parts, name)];
    const [cost, cost0] = [costOf(present), costOf(before) * scale];
    if (cost <= 0 && cost0 <= 0) continue;
    const floor = NEXT_TO_NOTHING * Math.max(cost, cost0);
    const mean = logMean(Math.max(cost, floor), Math.max(cost0, floor));
    const total = Math.log(Math.max(cost, floor) / Math.max(cost0, floor));
    const isOnBothSides = cost > 0 && cost0 > 0;
    const unit = isOnBothSides ? Math.log(cost / amount(present) / (costOf(before) / amount(before))) : 0;
    const price = isOnBothSides ? priceChange(present, before) : 0;
    const cache = isOnBothSides && name === 'input' ? cacheChange(present, before) : 0;
    effects.requests += mean * more;
    effects[name] += mean * (total - more - unit);
    effects.price += mean * price;
    effects.cache += mean * cache;
    effects.model += mean * (unit - price - cache);
    explained += cost - cost0;
  }
  // What no part accounts for (a price without charges, say) is none of the factors above.
  effects.other += now.cost - expected - explained;
  return effects;
}

const ofClass = (parts: readonly Part[], name: Class) => parts.filter(({ meter, quantity }) => quantity > 0 && classOf(meter) === name);
const costOf = (parts: readonly Part[]) => parts.reduce((sum, { cost }) => sum + cost, 0);
const amount = (parts: readonly Part[]) => parts.reduce((sum, { quantity }) => sum + quantity, 0);

/** The mean of two positive numbers that turns a difference of logarithms into a difference: (a − b) / ln(a / b). */
const logMean = (a: number, b: number) => (Math.abs(a - b) <= 1e-12 * Math.max(a, b) ? a : (a - b) / Math.log(a / b));

/** ln Σ q₁r₁ / Σ q₁r₀ over what both sides used; 0 when there is nothing in common. */
function priceChange(now: readonly Part[], usual: readonly Part[]): number {
  const before = ratesOf(usual);
  let [paid, atOldPrices] = [0, 0];
  for (const { model, meter, quantity, cost } of now) {
    const rate = before.get(rateKey(model, meter));
    if (rate === undefined || !(rate > 0) || !(cost > 0)) continue;
    paid += cost;
    atOldPrices += quantity * rate;
  }
  const change = atOldPrices > 0 && paid > 0 ? Math.log(paid / atOldPrices) : 0;
  return Math.abs(change) < SAME_PRICE ? 0 : change;
}

/** What the same use would have cost at the usual prices, where they are known. */
export function costAtUsualPrices(now: Spent, usual: Spent): number {
  const rates = ratesOf(usual.parts);
  return now.parts.reduce((sum, { model, meter, quantity, cost }) => {
    const usualCost = quantity * (rates.get(rateKey(model, meter)) ?? 0);
    return sum + (usualCost > 0 && cost > 0 && !isSamePrice(cost, usualCost) ? usualCost : cost);
  }, 0);
}

export const isSamePrice = (cost: number, usual: number): boolean => Math.abs(Math.log(cost / usual)) < SAME_PRICE;

/** The factor of use that added the most: how many requests there are, or what each is like. A new price is nobody's mistake. */
export function mainReason(effects: Effects, kind: 'volume' | 'intensity'): keyof Effects {
  if (kind === 'volume') return 'requests';
  return INTENSITIES.reduce((best, name) => (effects[name] > effects[best] ? name : best));
}
const INTENSITIES = ['input', 'output', 'reasoning', 'other', 'cache', 'model'] as const satisfies readonly (keyof Effects)[];

/** ln of what input would cost at the usual prices with today's share of the cache, by what it cost. */
function cacheChange(now: readonly Part[], usual: readonly Part[]): number {
  const rates = ratesOf(usual, ({ meter }) => String(isCached(meter)));
  const [cached, fresh] = [rates.get('true'), rates.get('false')];
  if (cached === undefined || fresh === undefined) return 0;
  const blend = (parts: readonly Part[]) => {
    const share = amount(parts.filter(({ meter }) => isCached(meter))) / amount(parts);
    return share * cached + (1 - share) * fresh;
  };
  const [today, before] = [blend(now), blend(usual)];
  return today > 0 && before > 0 ? Math.log(today / before) : 0;
}

export const rateKey = (model: string, meter: string) => `${model} ${meter}`;

/** Average price of a unit, per key; default per model and meter. */
export function ratesOf(
  parts: readonly Part[],
  keyOf: (part: Part) => string = ({ model, meter }) => rateKey(model, meter),
): ReadonlyMap<string, number> {
  const sums = new Map<string, { quantity: number; cost: number }>();
  for (const part of parts) {
    const sum = sums.get(keyOf(part)) ?? { quantity: 0, cost: 0 };
    sum.quantity += part.quantity;
    sum.cost += part.cost;
    sums.set(keyOf(part), sum);
  }
  return new Map([...sums].flatMap(([key, { quantity, cost }]) => (quantity > 0 ? [[key, cost / quantity] as const] : [])));
}
