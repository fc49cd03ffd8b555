import type { PriceRequest } from '@tokenledger/model';
import { contains, validity } from './effective.ts';
import { parseModelId, type ModelId } from './model-id.ts';
import { nearestModels } from './nearest-models.ts';
import { matchesPattern } from './pattern.ts';
import type { PriceIndex } from './price-index.ts';
import { canonicalProvider, priceRoutes } from './provider.ts';
import type { ModelAlias } from './rate-card.ts';
import type { Conditions } from './rate-table.ts';
import { canonicalServiceTier } from './service-tier.ts';

/** What the strings of a request turned out to mean. */
export interface Resolution {
  readonly conditions: Conditions;
  /** The provider whose cards are used: the provider itself, or the one whose list prices it charges. */
  readonly route: string;
  /** `estimated`: the same model, of whose prices the id does not say which. */
  readonly how: 'exact' | 'alias' | 'estimated';
  /** The operator's or the overlay's name for the model, when one was used. */
  readonly alias?: ModelAlias | undefined;
}

type Resolved = { readonly aliases: readonly ModelAlias[] } & (
  | { readonly resolution: Resolution; readonly reason?: undefined }
  | { readonly resolution?: undefined; readonly reason: string }
);

/** The longest model id a reason repeats. */
const LONGEST_QUOTE = 200;

/** Through names (operator's, then moving aliases), the route's id syntax, and the providers whose list prices the route charges. */
export function resolveModel(index: PriceIndex, request: PriceRequest): Resolved {
  const stated = canonicalProvider(request.provider);
  const aliases = [...aliasesNamed(index, stated, request.model)];
  const alias = aliases.find((candidate) => contains(validity(candidate), request.at));
  const parsed = parseModelId(alias?.toProvider ?? stated, alias?.model ?? request.model);
  if (alias) return { aliases, ...lookUp(index, request, parsed, alias.model, alias) };
  const moving = parsed.spellings.flatMap((id) => aliasesNamed(index, parsed.provider, id));
  aliases.push(...moving);
  const moved = moving.find((candidate) => contains(validity(candidate), request.at));
  // A name that moves is not the model whose name remains of it: `gemini-pro-latest` was never `gemini-pro`.
  const asSaid = moving.length > 0 ? { ...parsed, lookups: parsed.lookups.filter(({ id }) => parsed.spellings.includes(id)) } : parsed;
  if (!moved) return { aliases, ...lookUp(index, request, asSaid, request.model) };
  const target = parseModelId(moved.toProvider ?? parsed.provider, moved.model);
  return { aliases, ...lookUp(index, request, { ...target, region: target.region ?? parsed.region }, moved.model, moved) };
}

function lookUp(
  index: PriceIndex,
  request: PriceRequest,
  parsed: ModelId,
  model: string,
  alias?: ModelAlias,
): { resolution: Resolution; reason?: undefined } | { resolution?: undefined; reason: string } {
  const routes = priceRoutes(parsed.provider, parsed.spellings[0] ?? model);
  for (const route of routes) {
    const isOwn = route.provider === parsed.provider;
    for (const { id, how } of isOwn ? parsed.lookups : parseModelId(route.provider, route.model).lookups) {
      const { models } = index.provider(route.provider);
      const canonical = models.get(id);
      if (canonical === undefined) continue;
      const other = parsed.orElse?.(canonical) ?? canonical;
      const conditions: Conditions = {
        provider: parsed.provider,
        model: canonical,
        id,
        serviceTier: canonicalServiceTier(alias?.serviceTier ?? request.serviceTier),
        region: (alias?.region ?? parsed.region ?? request.region)?.toLowerCase(),
        account: request.account,
      };
      const isGuess = other !== canonical && models.has(other);
      return { resolution: { conditions, route: route.provider, how: isGuess ? 'estimated' : alias || !isOwn ? 'alias' : how, alias } };
    }
  }
  const providers = routes.map(({ provider }) => provider);
  const near = nearestModels(index, providers, parsed.spellings[0] ?? model);
  const hint = near.length > 0 ? `; nearest: ${near.join(', ')}` : '';
  return { reason: `no price for ${parsed.provider} model "${request.model.slice(0, LONGEST_QUOTE)}"${hint}` };
}

/** Aliases of this name at any time, in order of precedence. */
function aliasesNamed(index: PriceIndex, provider: string, model: string): readonly ModelAlias[] {
  const { aliases } = index.provider(provider);
  const name = model.trim().toLowerCase();
  return aliases.flatMap(({ item }) => (matchesPattern(item.name, name) ? [item] : []));
}
