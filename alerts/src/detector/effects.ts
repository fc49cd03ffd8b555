/** Use and cost of one thing that has a price of its own: a model and a meter. */
export interface Part {
  readonly key: string;
  readonly quantity: number;
  readonly cost: number;
}

export interface Spent {
  readonly calls: number;
  readonly tokens: number;
  readonly cost: number;
  readonly parts: readonly Part[];
}

/** What each factor added to the cost; together exactly `actual - expected`. */
export interface Effects {
  /** More requests. */
  readonly requests: number;
  /** More tokens per request. */
  readonly tokensPerRequest: number;
  /** Other models or meters: dearer ones, less cache. */
  readonly mix: number;
  /** The same models and meters at other prices. */
  readonly price: number;
}

/**
 * Why does a window cost more than expected? cost = requests × tokens/request × (mix × price)/token, split by logarithmic means
 * (LMDI-I; Ang 2005), which leaves no remainder. `usual` is an ordinary stretch of the series; only its proportions count, its size
 * is taken from `expected`. The price effect is Paasche's index over the parts that both have.
 * @returns undefined where one side has no requests, tokens or cost
 */
export function effectsOf(now: Spent, usual: Spent, expected: number): Effects | undefined {
  if ([now.calls, now.tokens, now.cost, usual.calls, usual.tokens, usual.cost, expected].some((each) => !(each > 0))) return undefined;
  const total = Math.log(now.cost / expected);
  const tokensPerRequest = Math.log(now.tokens / now.calls / (usual.tokens / usual.calls));
  const costPerToken = Math.log(now.cost / now.tokens / (usual.cost / usual.tokens));
  const index = Math.log(priceIndex(now.parts, usual.parts));
  // Parts are averages of what was paid: their last digits are no new price.
  const price = Math.abs(index) < 0.02 ? 0 : index;
  // The mean of two positive numbers that turns a difference of logarithms into a difference: (a − b) / ln(a / b).
  const mean = Math.abs(total) < 1e-12 ? expected : (now.cost - expected) / total;
  return {
    requests: mean * (total - tokensPerRequest - costPerToken),
    tokensPerRequest: mean * tokensPerRequest,
    mix: mean * (costPerToken - price),
    price: mean * price,
  };
}

/** Σ q₁r₁ / Σ q₁r₀ over what both sides used; 1 when there is nothing in common. */
function priceIndex(now: readonly Part[], usual: readonly Part[]): number {
  const before = new Map(usual.map((part) => [part.key, part]));
  let [paid, atOldPrices] = [0, 0];
  for (const { key, quantity, cost } of now) {
    const old = before.get(key);
    if (!old || !(old.quantity > 0) || !(quantity > 0) || !(old.cost > 0) || !(cost > 0)) continue;
    paid += cost;
    atOldPrices += (quantity * old.cost) / old.quantity;
  }
  return atOldPrices > 0 && paid > 0 ? paid / atOldPrices : 1;
}

/** More requests of the same kind are growth until they are so many times the usual: the fewer buckets, the more may be a gust. */
const growthRatio = (buckets: number) => (buckets === 1 ? 3 : buckets === 2 ? 2.5 : 2);

interface Deviation {
  readonly value: number;
  readonly expected: number;
  readonly buckets: number;
  readonly z: number;
  readonly neededZ: number;
}

/** What explains a deviation without anything being wrong with the use, if it does. In logarithms effects add up, and so do sigmas. */
export function ordinaryCause(
  { requests, tokensPerRequest, mix, price }: Effects,
  { value, expected, buckets, z, neededZ }: Deviation,
): 'price change' | 'growth' | undefined {
  const ofUse = requests + tokensPerRequest + mix;
  const excess = ofUse + price;
  if (price > 0 && (z * ofUse) / excess < neededZ) return 'price change';
  const requestRatio = (value / expected) ** (requests / excess);
  if (requests > 0.5 * ofUse && requestRatio < growthRatio(buckets)) return 'growth';
  return undefined;
}
